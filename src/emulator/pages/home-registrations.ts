import type { EmulatorAccount } from '../records/built-in.ts'
import { type Project, projectFor } from '../records/project.ts'
import { first, type HomeView, rowList, rowWords, type Section } from './home-section.ts'
import { durationWords, masked, shown } from './shown.ts'

/** Returns the section that lists the accounts. */
export function accountsSection({ google }: HomeView): Section {
  const { kept, total } = first(google.state.accounts.values())
  const rows = kept.map((account) => {
    const notes = [
      ...(account.hostedDomain ? [`Workspace ${shown(account.hostedDomain, 60)}`] : []),
      ...(account.blockedByAdmin ? ['apps blocked by the administrator'] : []),
      ...(account.sessionSeconds === undefined
        ? []
        : [`session length ${durationWords(account.sessionSeconds * 1000)}`]),
    ]
    return `<span class="avatar" aria-hidden="true">${shown(initialOf(account), 3)}</span>
${rowWords(shown(account.email), [shown(account.name, 60), ...notes])}`
  })
  return {
    id: 'accounts',
    title: 'Accounts',
    count: { total, noun: 'account' },
    content: rowList(rows, 'There are no accounts.', total),
  }
}

function initialOf({ name, email }: EmulatorAccount): string {
  return String.fromCodePoint((name.trim() || email).codePointAt(0) ?? 63).toUpperCase()
}

const clientTypes = { web: 'Web', desktop: 'Desktop', tv: 'TV' } as const

/** Returns the section that lists the registered clients. */
export function clientsSection({ google }: HomeView): Section {
  const { kept, total } = first(google.state.clients.values())
  const rows = kept.map(({ type, clientId, clientSecret, name, status, dpop = 'optional', dpopNonce }) => {
    const tags = [
      `<span class="tag">${clientTypes[type]}</span>`,
      ...stateTags(projectFor(google.state, clientId), status),
      ...(dpop === 'optional' ? [] : [`<span class="tag">DPoP ${dpop}</span>`]),
      ...(dpopNonce ? ['<span class="tag">DPoP nonces</span>'] : []),
    ]
    const title = `${shown(name ?? clientId)} ${tags.join(' ')}`
    const secret = `<small>Secret <code>${shown(masked(clientSecret))}</code></small>`
    return rowWords(title, [`<code>${shown(clientId, 100)}</code>`], secret)
  })
  return {
    id: 'clients',
    title: 'Clients',
    count: { total, noun: 'client' },
    content: rowList(rows, 'There are no clients.', total),
  }
}

/** Returns tags for states that limit an otherwise working client. */
function stateTags({ publishingStatus, organization }: Project, status: string | undefined): readonly string[] {
  return [
    ...(status === undefined ? [] : [`<span class="tag bad">${status}</span>`]),
    ...(publishingStatus === 'testing' ? ['<span class="tag access">in testing</span>'] : []),
    ...(organization === undefined ? [] : [`<span class="tag access">only ${shown(organization, 60)}</span>`]),
  ]
}
