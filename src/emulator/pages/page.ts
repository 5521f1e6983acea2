import { escapeHtml } from '../../core/escape-html.ts'
import { sourceHash } from '../../core/source-hash.ts'
import { noStore, type Reply } from '../http/reply.ts'
import { stylesheet, wideStylesheet } from './stylesheet.ts'

/** The styles of a page, and their hash for its policy. */
const styles = styleOf(stylesheet)
const wideStyles = styleOf(stylesheet + wideStylesheet)

/** One HTML page for users. */
export interface Page {
  readonly title: string
  /** HTML; the caller escapes the values in it. */
  readonly content: string
  /** A target that a form on this page may lead to, in addition to the emulator itself. */
  readonly formTarget?: URL
  /** A script, allowed by its hash. The page must also work without it. */
  readonly script?: string
  /** The origin of a page that may show this one in a frame; default: none. */
  readonly framedBy?: string
  /** Default 200. */
  readonly status?: number
  /** Uses the full window width, for an overview rather than a single question. */
  readonly wide?: boolean
  /** Styles that only this page needs. */
  readonly moreStyles?: string
}

/** Returns a self-contained HTML page: no other scripts or resources, never cached, framed only by `framedBy`. */
export function pageReply(page: Page): Reply {
  const formAction = page.formTarget === undefined ? "'self'" : `'self' ${formSource(page.formTarget)}`
  const usual = page.wide ? wideStyles : styles
  const { text, source } = page.moreStyles === undefined ? usual : styleOf(usual.text + page.moreStyles)
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    ...(page.script === undefined ? [] : [`script-src ${sourceHash(page.script)}`, "connect-src 'self'"]),
    `form-action ${formAction}`,
    "base-uri 'none'",
    `frame-ancestors ${page.framedBy ?? "'none'"}`,
  ]
  return {
    status: page.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      ...noStore,
      'content-security-policy': policy.join('; '),
      // Not no-referrer: browsers would then send the form with "Origin: null", which looks like a foreign origin.
      'referrer-policy': 'same-origin',
      ...(page.framedBy === undefined && { 'x-frame-options': 'DENY' }),
      'x-content-type-options': 'nosniff',
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<style>${text}</style>
</head>
<body>
<header class="banner"><strong>Local Google emulator</strong> <span>Nothing here reaches Google.</span></header>
<main${page.wide ? ' class="wide"' : ''}>
${page.content}
</main>
${
  page.script === undefined
    ? ''
    : `<script>${page.script}</script>
`
}</body>
</html>
`,
  }
}

function styleOf(text: string): { readonly text: string; readonly source: string } {
  return { text, source: sourceHash(text) }
}

/**
 * Returns the `form-action` source for a target. Browsers also apply `form-action` to the redirect that follows. Its
 * grammar has no IPv6 literals, so those get the scheme only.
 */
function formSource(target: URL): string {
  return target.hostname.startsWith('[') ? target.protocol : target.origin
}
