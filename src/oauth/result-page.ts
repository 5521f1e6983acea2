import { createHash } from 'node:crypto'
import { safeText } from '../core/safe-to-print.ts'

/** The page that the browser shows at the end of a login. Plain values: everything is escaped here. */
export interface ResultPage {
  readonly status: number
  readonly title: string
  readonly message: string
  /** The names and values of what was obtained, in order. */
  readonly facts?: readonly (readonly [name: string, values: readonly string[]])[]
  readonly warnings?: readonly string[]
  /** The next command to type in the terminal. */
  readonly next?: string
}

const style = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#1c2430;--quiet:#5b6675;--line:#e1e5ea;--good:#11754a;--bad:#b3261e;--warn-ground:#fff6e0;--warn-ink:#6b4a00;--code:#eef1f5}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1b212a;--ink:#e7ebf0;--quiet:#9aa6b5;--line:#2d3642;--good:#5fd3a0;--bad:#ff8a80;--warn-ground:#3a2f12;--warn-ink:#ffdf9e;--code:#262e39}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;grid-template-columns:minmax(0,34rem);place-content:center;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:32px}
.mark{display:block;width:40px;height:40px;margin-bottom:16px}
.good .mark{color:var(--good)}.bad .mark{color:var(--bad)}.mixed .mark{color:var(--warn-ink)}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 8px;overflow-wrap:anywhere}
p{margin:0 0 16px;color:var(--quiet);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:8px 20px;margin:20px 0;padding:20px 0 0;border-top:1px solid var(--line);font-size:.95rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.warn{background:var(--warn-ground);color:var(--warn-ink);border-radius:8px;padding:12px 16px;margin:0 0 16px;font-size:.95rem}
code{display:block;background:var(--code);border-radius:8px;padding:10px 14px;font:.9rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere;color:var(--ink)}
.next{font-size:.85rem;margin:20px 0 6px}
main>:last-child{margin-bottom:0}
@media (max-width:420px){main{padding:24px}dl{grid-template-columns:minmax(0,1fr);gap:2px}dd{margin-bottom:10px}}
`

// The code is already used when the page shows, but it must not stay in the history or on a shared screen.
const script = `history.replaceState(null,'',location.pathname)`

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * The headers of {@link renderResultPage}: they forbid loading, caching, framing and referrers (RFC 9700 section
 * 4.2.4).
 */
export const resultPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': `default-src 'none'; img-src data:; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
}

const marks = {
  good: '<path d="M12 21.5 18 27.5 29 14.5"/>',
  mixed: '<path d="M20 11v11M20 28v.5"/>',
  bad: '<path d="M14 14 26 26M26 14 14 26"/>',
}

/** Returns a self-contained page, readable in light and dark mode and on a phone. */
export function renderResultPage(page: ResultPage): string {
  const state = page.status >= 400 ? 'bad' : (page.warnings ?? []).length > 0 ? 'mixed' : 'good'
  const facts = (page.facts ?? [])
    .map(([name, values]) => `<dt>${escapeHtml(name)}</dt><dd>${values.map(escapeHtml).join('<br>')}</dd>`)
    .join('')
  const warnings = (page.warnings ?? []).map((warning) => `<p class="warn">${escapeHtml(warning)}</p>`).join('')
  const next =
    page.next === undefined ? '' : `<p class="next">Next, in the terminal:</p><code>${escapeHtml(page.next)}</code>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)} – gsa</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body class="${state}">
<main>
<svg class="mark" viewBox="0 0 40 40" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="20" cy="20" r="18"/>${marks[state]}</svg>
<h1>${escapeHtml(page.title)}</h1>
<p>${escapeHtml(page.message)}</p>
${warnings}${facts === '' ? '' : `<dl>${facts}</dl>`}${next}
</main>
<script>${script}</script>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  // A bidi character in a name could reverse the sentence around it, as on a terminal.
  return safeText(text).replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
