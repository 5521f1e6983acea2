import { escapeHtml } from '../http/html.ts'
import type { Reply } from '../http/reply.ts'
import { devicesSection, filesSection, grantsSection, requestsSection, tokensSection } from './home-activity.ts'
import { clockSection, faultsSection, keysSection, resetSection } from './home-controls.ts'
import { accountsSection, clientsSection } from './home-registrations.ts'
import type { HomeView, Section } from './home-section.ts'
import { pageReply } from './page.ts'
import { counted, grouped } from './shown.ts'

/** The activity sections, in the wide column; each function returns one section. */
const happening = [requestsSection, tokensSection, grantsSection, devicesSection, filesSection]
/** The sections for setup and control, in the narrow column. */
const controls = [clockSection, faultsSection, accountsSection, clientsSection, keysSection]

/** Returns the home page at `/`, an overview of a running emulator. `notice` reports the result of the last button. */
export async function homePage(view: HomeView, notice: string | undefined): Promise<Reply> {
  const left = happening.map((section) => section(view))
  const right = await Promise.all(controls.map(async (section) => await section(view)))
  if (view.buttons) right.push(resetSection(view))
  const { issuer } = view.google
  const elsewhere = `<p class="notice">You are viewing this page from another address, so it has no buttons. They work only on the machine where the emulator runs, at <code>${escapeHtml(issuer)}/</code>.</p>`
  const said = notice === undefined ? '' : `<p class="notice" role="status">${escapeHtml(notice)}</p>`
  const content = `<header>
<div>
<h1>Your local Google</h1>
<p class="lead"><code>${escapeHtml(issuer)}</code></p>
</div>
<a class="tool" href="/">Reload</a>
</header>
${view.buttons ? said : elsewhere}
<nav aria-label="Sections"><ul class="overview">
${[...left, ...right].map(overviewItem).join('')}
</ul></nav>
<div class="columns">
<div class="column">
${left.map(sectionHtml).join('\n')}
</div>
<div class="column">
${right.map(sectionHtml).join('\n')}
</div>
</div>`
  return pageReply({ title: 'Local Google emulator', content, wide: true })
}

function overviewItem({ id, count }: Section): string {
  if (count === undefined) return ''
  const [number = '', ...words] = counted(count.total, count.noun).split(' ')
  return `<li><a href="#${id}"><strong>${number}</strong> ${words.join(' ')}</a></li>\n`
}

function sectionHtml({ id, title, count, content }: Section): string {
  const number = count === undefined ? '' : ` <span class="count">${grouped(count.total)}</span>`
  return `<section id="${id}">
<h2>${title}${number}</h2>
${content}
</section>`
}

/** Returns the response to a button that changed nothing, with the reason. */
export function refusedActionPage(status: number, reason: string): Reply {
  const content = `<h1>Nothing was changed</h1>
<p class="lead">${escapeHtml(reason)}</p>
<p><a href="/">Back to the overview</a></p>`
  return pageReply({ title: 'Nothing was changed', content, status })
}
