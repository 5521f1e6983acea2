import { escapeHtml } from '../core/escape-html.ts'
import { safeLines, safeText } from '../core/safe-to-print.ts'
import { sourceHash } from '../core/source-hash.ts'
import { baseStyles } from '../pages/colors.ts'

/** The page that the browser shows at the end of a login. Plain values: everything is escaped here. */
export interface ResultPage {
  readonly status: number
  readonly title: string
  readonly message: string
  /** The names and values of what was obtained, in order. */
  readonly facts?: readonly (readonly [name: string, values: readonly string[]])[]
  readonly warnings?: readonly string[]
  /** Says how to fix a failure; it may have several lines. */
  readonly fix?: string
  /** The next command to type in the terminal. */
  readonly next?: string
}

const style = `${baseStyles}
body{min-height:100vh;display:grid;grid-template-columns:minmax(0,34rem);place-content:center;padding:24px}
main{background:var(--card);border:1px solid var(--line);border-radius:16px;box-shadow:var(--lift);padding:32px}
.mark{display:block;width:40px;height:40px;margin-bottom:16px}
.good .mark{color:var(--accent)}.bad .mark{color:var(--alarm)}.mixed .mark{color:var(--banner-text)}
h1{font-size:1.5rem;line-height:1.25;font-weight:650;text-wrap:balance;margin:0 0 8px;overflow-wrap:anywhere}
p{margin:0 0 16px;color:var(--quiet);overflow-wrap:anywhere}
.bad h1+p{color:var(--text)}
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:8px 20px;margin:20px 0;padding:20px 0 0;border-top:1px solid var(--line);font-size:.95rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.warn{background:var(--banner);color:var(--banner-text);border-radius:8px;padding:12px 16px;margin:0 0 16px;font-size:.95rem;white-space:pre-line}
code{display:block;background:var(--wash);border-radius:10px;padding:10px 14px;font:.875rem/1.5 var(--mono);overflow-wrap:anywhere;user-select:all;-webkit-user-select:all;color:var(--text)}
code span{display:inline-block;max-width:100%}
.next{font-size:.85rem;margin:20px 0 6px}
main>:last-child{margin-bottom:0}
@media (max-width:420px){body{padding:12px}main{padding:24px 20px}dl{grid-template-columns:minmax(0,1fr);gap:2px}dd{margin-bottom:10px}}
`

// The code is already used when the page shows, but it must not stay in the history or on a shared screen.
const script = `history.replaceState(null,'',location.pathname)`

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
  'content-security-policy': `default-src 'none'; img-src data:; style-src ${sourceHash(style)}; script-src ${sourceHash(script)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
}

const marks = {
  good: '<path d="M12 21.5 18 27.5 29 14.5"/>',
  mixed: '<path d="M20 11v11M20 28v.5"/>',
  bad: '<path d="M14 14 26 26M26 14 14 26"/>',
}

// A bidi character in a name could reverse the sentence around it, as on a terminal.
const shown = (text: string): string => escapeHtml(safeText(text))

/** Returns a command whose options break as a whole: browsers break lines after any hyphen. */
const shownCommand = (command: string): string => shown(command).replace(/--[\w-]+/g, '<span>$&</span>')

/** Returns a self-contained page, readable in light and dark mode and on a phone. */
export function renderResultPage(page: ResultPage): string {
  const state = page.status >= 400 ? 'bad' : (page.warnings ?? []).length > 0 ? 'mixed' : 'good'
  const facts = (page.facts ?? [])
    .map(([name, values]) => `<dt>${shown(name)}</dt><dd>${values.map(shown).join('<br>')}</dd>`)
    .join('')
  const warnings = (page.warnings ?? []).map((warning) => `<p class="warn">${shown(warning)}</p>`).join('')
  const fix =
    page.fix === undefined ? '' : `<p class="warn"><strong>What to do:</strong> ${escapeHtml(safeLines(page.fix))}</p>`
  const next =
    page.next === undefined ? '' : `<p class="next">Next, in the terminal:</p><code>${shownCommand(page.next)}</code>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${shown(page.title)} – gsa</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body class="${state}">
<main>
<svg class="mark" viewBox="0 0 40 40" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="20" cy="20" r="18"/>${marks[state]}</svg>
<h1>${shown(page.title)}</h1>
<p>${shown(page.message)}</p>
${warnings}${fix}${facts === '' ? '' : `<dl>${facts}</dl>`}${next}
</main>
<script>${script}</script>
</body>
</html>
`
}
