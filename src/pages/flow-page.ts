import { sourceHash } from '../core/source-hash.ts'
import type { Flow } from '../flows/flow.ts'
import { baseStyles } from './colors.ts'
import { durationText, flowPicture, flowStyles, shown } from './flow-picture.ts'

const styles = `${baseStyles}
main{width:min(80rem,100% - 3rem);margin:2rem auto 4rem}
h1{margin:0 0 .25rem;font-size:1.75rem;line-height:1.25;font-weight:650;overflow-wrap:anywhere}
.lead{margin:0 0 .5rem;max-width:60rem;color:var(--quiet);overflow-wrap:anywhere}
.lead code{font-family:var(--mono);font-size:.875em;color:var(--text)}
.lead time{white-space:nowrap}
.skip{position:absolute;left:-99rem;padding:.5rem 1rem;background:var(--card)}
.skip:focus{left:1rem;top:1rem;z-index:3}
@media (max-width:43.75em){main{width:calc(100% - 1.5rem);margin:1.25rem auto 2.5rem}h1{font-size:1.5rem}}
${flowStyles}`

const results = { succeeded: 'succeeded', failed: 'stopped', unfinished: 'not finished' } as const

/** Returns the page of a flow: one HTML document that loads nothing and runs no script. */
export function flowPage(flow: Flow): string {
  const { title, purpose, command, writer, startedAt, tookMs, parties, outcome, steps } = flow
  const details = parties.flatMap(({ name, detail }) =>
    detail === undefined ? [] : [`The ${shown(name.toLowerCase())} is ${shown(detail)}.`],
  )
  const stop = outcome.step === undefined ? 'steps' : `step-${outcome.step}`
  // Below the outcome, which readers look for first.
  const about = `<p class="lead">${[shown(purpose), ...details].join(' ')}</p>
${command === undefined ? '' : `<p class="lead">The command was <code>${shown(command)}</code></p>\n`}<p class="lead">${steps.length} steps in ${durationText(tookMs)}, written by ${shown(writer)} on <time datetime="${shown(startedAt)}">${shown(startedAt.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC'))}</time>.</p>
`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${shown(writer)}">
<meta http-equiv="content-security-policy" content="default-src 'none'; img-src data:; style-src ${sourceHash(styles)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${shown(title)}: ${outcome.code === undefined ? results[outcome.result] : shown(outcome.code)}</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
</head>
<body>
<a class="skip" href="#${stop}">Skip to ${outcome.step === undefined ? 'the steps' : `step ${outcome.step}`}</a>
<main>
<h1>${shown(title)}: ${results[outcome.result]}</h1>
${flowPicture(flow, about)}
</main>
</body>
</html>
`
}
