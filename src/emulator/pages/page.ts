import { createHash } from 'node:crypto'
import { escapeHtml } from '../http/html.ts'
import { noStore, type Reply } from '../http/reply.ts'
import { stylesheet } from './stylesheet.ts'

const styleHash = hashSource(stylesheet)

/** One page for people. */
export interface Page {
  readonly title: string
  /** Ready HTML: whoever writes it escapes what it puts in. */
  readonly content: string
  /** Where a form of this page may lead, beyond the emulator itself. */
  readonly formTarget?: URL
  /** A script for what HTML cannot do. It is allowed by its hash, and the page has to work without it. */
  readonly script?: string
  /** Default 200. */
  readonly status?: number
  /** Takes the width of the window: a page to look around on, not one question. */
  readonly wide?: boolean
}

/** A self-contained HTML page: no script but its own, no other resources, never cached, never framed. */
export function pageReply(page: Page): Reply {
  const formAction = page.formTarget === undefined ? "'self'" : `'self' ${formSource(page.formTarget)}`
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash}`,
    ...(page.script === undefined ? [] : [`script-src ${hashSource(page.script)}`]),
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    status: page.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      ...noStore,
      'content-security-policy': policy.join('; '),
      // Not no-referrer: a browser would then send the form with "Origin: null", and we could
      // not tell it from a foreign one.
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<style>${stylesheet}</style>
</head>
<body>
<p class="banner"><strong>Local Google emulator</strong> <span>Nothing here reaches Google.</span></p>
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

/** An inline style or script in a content security policy. */
function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/**
 * Browsers hold `form-action` against the redirect that follows, too. Its grammar has no IPv6
 * literals; the scheme has to do.
 */
function formSource(target: URL): string {
  return target.hostname.startsWith('[') ? target.protocol : target.origin
}
