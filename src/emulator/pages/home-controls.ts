import { faultReport } from '../faults/faults.ts'
import { surfaces } from '../faults/surface.ts'
import { escapeHtml } from '../http/html.ts'
import { actionForm, first, type HomeView, rowList, type Section } from './home-section.ts'
import { counted, durationWords, shown } from './shown.ts'

/** Returns the section with the emulator's time and the buttons that move it. */
export function clockSection(view: HomeView): Section {
  const now = new Date(view.nowMs).toISOString()
  const offset = view.google.clock.offset()
  const compared = offset === 0 ? 'The same as on this machine.' : `${durationWords(offset)} ahead of this machine.`
  const steps = [
    { label: '1 hour', value: '1h' },
    { label: '1 day', value: '1d' },
    { label: '7 days', value: '7d' },
    { label: '6 months', value: '183d' },
  ].map((step) => ({ ...step, name: 'advance', says: `Move the clock forward by ${step.label}` }))
  const move = view.buttons ? `<p class="hint">Move it forward by</p>${actionForm(view, 'clock', steps)}` : ''
  const content = `<p class="time"><time datetime="${now}"><strong>${now.slice(11, 19)}</strong> ${now.slice(0, 10)} UTC</time></p>
<p class="hint">${compared}</p>
${move}`
  return { id: 'clock', title: 'Clock', content }
}

/** Returns the section that lists the armed faults, with the form to arm more. */
export function faultsSection(view: HomeView): Section {
  const { faults, armed } = faultReport(view.google.faults)
  const { kept, total } = first(armed)
  const rows = kept.map(({ on, fault, times, after }) => {
    const does = faults.find((row) => row.fault === fault && row.on.includes(on))?.does ?? ''
    const wait = after > 0 ? `lets ${counted(after, 'request')} pass, then ` : ''
    return `<span class="words"><strong>${shown(fault)} <span class="to">on ${on}</span></strong><small>${wait}${escapeHtml(does.replaceAll('`', ''))}</small></span>
<span class="left"><strong>${counted(times, 'time')}</strong></span>`
  })
  const disarm = armed.length > 0 ? actionForm(view, 'faults/disarm', [{ label: 'Disarm all', look: 'quiet' }]) : ''
  const content = `${rowList(rows, 'No faults are armed. All requests get normal responses.', total)}${disarm}${view.buttons ? armingForm(faults) : ''}`
  return { id: 'faults', title: 'Armed faults', count: { total, noun: 'armed fault' }, content }
}

/** Puts part and name in one list, because not every fault works everywhere. */
function armingForm(faults: ReturnType<typeof faultReport>['faults']): string {
  const groups = surfaces.map((surface) => {
    const options = faults
      .filter(({ on }) => on.includes(surface))
      .map(({ fault }) => `<option value="${surface} ${escapeHtml(fault)}">${surface}: ${escapeHtml(fault)}</option>`)
    return `<optgroup label="${surface}">\n${options.join('\n')}\n</optgroup>`
  })
  return `<form class="arm" method="post" action="/emulator/page/faults">
<label>Fault<select name="fault" required><option value="">Choose one</option>
${groups.join('\n')}
</select></label>
<label>Times<input type="number" name="times" value="1" min="1" max="1000000" required></label>
<button class="tool">Arm</button>
</form>`
}

/** Returns the section that lists the published keys. */
export async function keysSection(view: HomeView): Promise<Section> {
  const published = await view.google.keys.published()
  const rows = published.map(
    ({ kid }, index) =>
      `<code class="kid">${kid}</code>${index === 0 ? '<span class="tag good">signing</span>' : '<span class="tag">published</span>'}`,
  )
  const rotate = actionForm(view, 'keys/rotate', [
    { label: 'New key, keep the old', name: 'retire', value: 'false' },
    { label: 'New key, retire the old', name: 'retire', value: 'true' },
  ])
  return {
    id: 'keys',
    title: 'Keys',
    count: { total: published.length, noun: 'key' },
    content: rowList(rows, '') + rotate,
  }
}

/** Returns the reset section. Reset cannot be undone, so it asks for confirmation, without a script. */
export function resetSection(view: HomeView): Section {
  const button = { label: 'Yes, forget everything', look: 'alarm' } as const
  const content = `<details class="sure">
<summary>Reset everything</summary>
<p>This forgets grants, tokens, files, requests, armed faults, and the accounts and clients added since the start. The keys stay, and the clock returns to this machine’s time.</p>
${actionForm(view, 'reset', [button])}
</details>`
  return { id: 'reset', title: 'Start over', content }
}
