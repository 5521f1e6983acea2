import { actionForm, type HomeView, rowList, type Section } from './home-section.ts'
import { durationWords } from './shown.ts'

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
