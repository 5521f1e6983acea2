import { escapeHtml } from '../../core/escape-html.ts'
import { faultReport } from '../faults/faults.ts'
import { type FaultRow, type Surface, surfaces } from '../faults/surface.ts'
import { actionForm, first, type HomeView, option, rowAmount, rowList, type Section } from './home-section.ts'
import { counted, shown, shownInAttribute } from './shown.ts'

/** Returns the section that lists the armed faults, with the forms to find and arm more. */
export function faultsSection(view: HomeView): Section {
  const { faults, armed } = faultReport(view.google.faults)
  const { kept, total } = first(armed)
  const rows = kept.map(({ on, fault, times, after }) => {
    const does = faults.find((row) => row.fault === fault && row.on.includes(on))?.does ?? ''
    const wait = after > 0 ? `lets ${counted(after, 'request')} pass, then ` : ''
    return `<span class="words"><strong>${shown(fault)} <span class="to">on ${on}</span></strong><small>${wait}${effect(does)}</small></span>
${rowAmount(counted(times, 'time'))}`
  })
  const disarm = armed.length > 0 ? actionForm(view, 'faults/disarm', [{ label: 'Disarm all', look: 'quiet' }]) : ''
  const more = view.buttons ? searchForm(view.query) + offer(faults, view.query) : ''
  const content = `${rowList(rows, 'No faults are armed. All requests get normal responses.', total)}${disarm}${more}`
  return { id: 'faults', title: 'Faults', count: { total, noun: 'armed fault' }, content }
}

/** Returns the form that finds faults: a GET, so that it needs no script. */
function searchForm(query: URLSearchParams): string {
  const on = query.get('on') ?? ''
  const options = surfaces.map((surface) => option(surface, surface, surface === on))
  return `<form class="fields find" method="get" action="/#faults">
<label class="half">Part<select name="on"><option value="">any part</option>${options.join('')}</select></label>
<label class="half">Name or effect<input type="search" name="fault" value="${shownInAttribute(query.get('fault') ?? '')}" maxlength="80"></label>
<button class="tool">Find faults</button>
</form>`
}

/** The optional settings of a fault, as the control API names them, and their labels. */
const settings = [
  ['after', 'Requests to let pass first'],
  ['seconds', 'Seconds, for faults that mention them'],
  ['bytes', 'Bytes, for faults that mention them'],
] as const

/** Returns the faults that were found and the form to arm one of them, or nothing before a search. */
function offer(faults: readonly (FaultRow & { readonly fault: string })[], query: URLSearchParams): string {
  const part = query.get('on') ?? ''
  const words = (query.get('fault') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  if (part === '' && words.length === 0) return ''
  const searched = surfaces.filter((surface) => part === '' || surface === part)
  const found = searched.flatMap((surface) =>
    faults
      .filter(({ on }) => on.includes(surface))
      .filter(({ fault, does }) => words.every((word) => `${surface} ${fault} ${does}`.toLowerCase().includes(word)))
      .map((row) => faultChoice(surface, row)),
  )
  if (found.length === 0) return `<p class="empty found">No fault matches. <a href="/#faults">Clear the search</a></p>`
  return `<form class="fields arm" method="post" action="/emulator/page/faults">
<fieldset><legend>${counted(found.length, 'fault')} found</legend>
<div class="choices">
${found.join('\n')}
</div></fieldset>
<label class="half">Times<input type="number" name="times" value="1" min="1" max="1000000" required></label>
<button class="tool half">Arm</button>
<details class="more"><summary>More settings</summary>
${settings.map(([name, label]) => `<label>${label}<input type="number" name="${name}" min="0" max="1000000000"></label>`).join('\n')}
</details>
</form>`
}

function faultChoice(surface: Surface, { fault, does }: FaultRow & { readonly fault: string }): string {
  return `<label class="choice"><input type="radio" name="fault" value="${surface} ${escapeHtml(fault)}" required><span class="words"><strong>${escapeHtml(fault)} <span class="to">on ${surface}</span></strong><small>${effect(does)}</small></span></label>`
}

function effect(does: string): string {
  return escapeHtml(does).replace(/`([^`]*)`/g, '<code>$1</code>')
}
