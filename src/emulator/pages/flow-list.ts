import { newestFlows, type SignInFlow } from '../flows/sign-in-flow.ts'
import type { Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { type HomeView, rowAmount, rowList, rowWords, type Section } from './home-section.ts'
import { pageReply } from './page.ts'
import { counted, shown } from './shown.ts'

/** The most sign-ins on a page. */
const mostFlows = 200
const mostAtHome = 5

const howToGetOne =
  'No sign-ins yet. Sign in with your app, make a code on <a href="/#code">the overview</a>, or run <code>gsa login</code>.'

const overviewLink = '<nav aria-label="Pages"><ul class="overview"><li><a href="/">Overview</a></li></ul></nav>'

/** Returns the page at `/flows`: the latest sign-ins, newest first. */
export function flowListPage(google: LocalGoogle): Reply {
  const { flows, total } = newestFlows(google, mostFlows)
  const content = `<header>
<h1>Sign-ins</h1>
<a class="tool" href="/flows">Reload</a>
</header>
<p class="lead">What each browser, app and backend sent, and what came back, as a diagram. Codes, tokens and secrets are not shown.</p>
${overviewLink}
<section>
${rowList(flows.toReversed().map(flowRow), howToGetOne, total)}
</section>`
  return pageReply({ title: 'Sign-ins', content, wide: true })
}

/** Returns the section of the home page that lists the latest sign-ins. */
export function flowsSection({ google }: HomeView): Section {
  const { flows, total } = newestFlows(google, mostAtHome)
  const all = total === 0 ? '' : '\n<p class="more"><a href="/flows">All sign-ins</a></p>'
  const empty = 'No sign-ins yet. Each one is drawn here as a diagram.'
  return {
    id: 'flows',
    title: 'Sign-ins',
    count: { total, noun: 'sign-in' },
    content: rowList(flows.toReversed().map(flowRow), empty) + all,
  }
}

const looks = { succeeded: 'good', failed: 'bad', unfinished: '' } as const

function flowRow(flow: SignInFlow): string {
  const { id, title, startedAt, outcome, steps } = flow
  const requests = steps.reduce((sum, { kind, times = 1 }) => sum + (kind === 'request' ? times : 0), 0)
  const faults = [...new Set(steps.flatMap((step) => step.faults ?? []))]
  const struck = faults.map((fault) => ` <span class="tag bad">fault ${shown(fault)}</span>`).join('')
  const time = `<time datetime="${startedAt}">${startedAt.slice(0, 10)} ${startedAt.slice(11, 19)}</time>`
  // The first sentence names the error, and tags name the faults.
  const reason = outcome.result === 'failed' ? outcome.text.replace(/\. .*$/s, '.') : outcome.text
  const link = `<a href="/flows/${id}">${shown(title, 120)}</a>`
  return (
    rowWords(link, [time, counted(requests, 'request'), shown(reason, 160)], struck) +
    rowAmount(`<span class="tag ${looks[outcome.result]}">${outcome.result}</span>`)
  )
}

/** Returns the page for a sign-in that is not in the list. */
export function missingFlowPage(): Reply {
  const content = `<h1>There is no such sign-in</h1>
<p class="lead">The emulator forgets the oldest sign-ins, and all of them when it stops or is reset.</p>
<p><a href="/flows">All sign-ins</a></p>`
  return pageReply({ title: 'There is no such sign-in', content, status: 404 })
}
