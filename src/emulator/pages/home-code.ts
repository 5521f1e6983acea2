import { driveAppdata, openid } from '../records/scopes.ts'
import { first, type HomeView, option, type Section } from './home-section.ts'
import { grouped, shortScope, shown, shownInAttribute } from './shown.ts'

/** The scopes that the form offers, each with its first choice; any other can be typed. */
const offeredScopes = [
  { scope: openid, checked: true },
  { scope: 'email', checked: true },
  { scope: 'profile', checked: true },
  { scope: driveAppdata, checked: true },
  { scope: 'https://www.googleapis.com/auth/drive.file', checked: false },
]

/** Returns the section with the form that makes a code as an app gets it from its SDK. */
export function codeSection({ google }: HomeView): Section {
  const { accounts, clients } = google.state
  const web = [...clients.values()].filter(({ type }) => type === 'web')
  const account = choice(
    { label: 'Account', name: 'account', look: '' },
    [...accounts.values()].map(({ email }) => ({ value: email, label: email })),
  )
  const client = choice(
    { label: 'Web client', name: 'clientId', look: '' },
    web.map(({ clientId, name }) => ({ value: clientId, label: name ?? clientId })),
  )
  const scopes = offeredScopes.map(
    ({ scope, checked }) =>
      `<label class="tick"><input type="checkbox" name="scope" value="${scope}"${checked ? ' checked' : ''}>${shown(shortScope(scope))}</label>`,
  )
  const content = `<p class="hint">The code that an app gets from its Google SDK and sends to your backend.</p>
<form class="fields" method="post" action="/emulator/page/codes">
${account}
${client}
<label>App<select name="platform"><option value="android">Android</option><option value="ios">iOS</option><option value="web-popup">Web popup</option></select></label>
<fieldset><legend>Scopes</legend>
<div class="ticks">${scopes.join('')}</div></fieldset>
<label>More scopes, separated by spaces<input type="text" name="scopes" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
<label class="tick"><input type="checkbox" name="forceRefreshToken" value="true">Force consent, to get a refresh token again</label>
<button class="tool main">Make a code</button>
</form>`
  return { id: 'code', title: 'Make a code', content }
}

interface Field {
  readonly label: string
  readonly name: string
  /** Its class. */
  readonly look: string
}

/** Returns a list to choose from, or a text field with suggestions if the list would be too long. */
function choice(
  { label, name, look }: Field,
  all: readonly { readonly value: string; readonly label: string }[],
): string {
  const { kept, total } = first(all)
  const options = kept.map((one) => option(one.value, one.label, false)).join('')
  if (total === kept.length) return `<label class="${look}">${label}<select name="${name}">${options}</select></label>`
  const value = shownInAttribute(kept[0]?.value ?? '', 500)
  return `<label class="${look}">${label} (one of ${grouped(total)})<input type="text" name="${name}" value="${value}" list="${name}-list" autocomplete="off"></label>
<datalist id="${name}-list">${options}</datalist>`
}
