import { escapeHtml } from '../../core/escape-html.ts'
import type { Reply } from '../http/reply.ts'
import { devicesSection, filesSection, grantsSection } from './home-activity.ts'
import { flowsSection } from './flow-list.ts'
import { codeSection } from './home-code.ts'
import { clockSection, keysSection, resetSection } from './home-controls.ts'
import { faultsSection } from './home-faults.ts'
import { accountsSection, clientsSection } from './home-registrations.ts'
import { requestsSection } from './home-requests.ts'
import type { HomeView, Section } from './home-section.ts'
import { tokensSection } from './home-tokens.ts'
import { pageReply } from './page.ts'
import { counted, grouped } from './shown.ts'

/**
 * Returns the home page at `/`, an overview of a running emulator. `notice` reports the result of the last button. The
 * controls come first, also on a phone, where there is one column.
 */
export async function homePage(view: HomeView, notice: string | undefined): Promise<Reply> {
  const controls = [
    ...(view.buttons ? [codeSection(view)] : []),
    faultsSection(view),
    clockSection(view),
    await keysSection(view),
    ...(view.buttons ? [resetSection(view)] : []),
  ]
  const activity = [flowsSection, requestsSection, tokensSection, grantsSection, devicesSection, filesSection].map(
    (section) => section(view),
  )
  const setup = [accountsSection(view), clientsSection(view)]
  const { address, issuer } = view.google
  const elsewhere = `<p class="notice">You are viewing this page from another address, so it has no buttons. They work only on the machine where the emulator runs, at <code>${escapeHtml(address)}/</code>.</p>`
  const said = notice === undefined ? '' : `<p class="notice" role="status">${escapeHtml(notice)}</p>`
  const content = `<header>
<div>
<h1>Your local Google</h1>
<p class="lead"><code>${escapeHtml(address)}</code>${issuer === address ? '' : `, issuer <code>${escapeHtml(issuer)}</code>`}</p>
</div>
<a class="tool" href="/">Reload</a>
</header>
${view.buttons ? said : elsewhere}
<nav aria-label="Sections"><ul class="overview">
${[...controls, ...activity, ...setup].map(overviewItem).join('')}
</ul></nav>
<div class="columns">
${columnHtml('controls', controls)}
${columnHtml('activity', activity)}
${columnHtml('setup', setup)}
</div>`
  return pageReply({ title: 'Local Google emulator', content, wide: true })
}

function columnHtml(name: string, sections: readonly Section[]): string {
  return `<div class="column ${name}">\n${sections.map(sectionHtml).join('\n')}\n</div>`
}

function overviewItem({ id, title, count }: Section): string {
  if (count === undefined) return `<li><a href="#${id}">${title}</a></li>\n`
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
