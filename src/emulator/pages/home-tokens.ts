import { isLiveAccessToken } from '../records/access-tokens.ts'
import { hashed } from '../records/journal.ts'
import { isLiveRefreshToken, refreshTokenEndMs } from '../records/refresh-tokens.ts'
import type { AccessToken } from '../records/state.ts'
import {
  actionForm,
  clientName,
  first,
  type HomeView,
  last,
  rowAmount,
  rowList,
  rowWords,
  type Section,
} from './home-section.ts'
import { counted, durationWords, grouped, masked, shown } from './shown.ts'

// Viewing the page must not count as using a token, so this reads the records and finds no token through them.

/**
 * Returns the section that lists the live tokens: each refresh token with its remaining lifetime, then the access
 * tokens, grouped by account and client.
 */
export function tokensSection(view: HomeView): Section {
  const { state } = view.google
  const refresh = last([...state.refreshTokens].filter(([, token]) => isLiveRefreshToken(token, view.nowMs)))
  const groups = accessTokenGroups(view)
  const access = groups.reduce((sum, tokens) => sum + tokens.length, 0)
  const total = refresh.total + access
  const rows = refresh.kept.map(([value, token]) => {
    const endsMs = refreshTokenEndMs(token)
    const about = endsMs === token.expiresAtMs ? 'left' : 'if unused'
    const title = `<code>${shown(masked(value))}</code> <span class="tag refresh">refresh</span>`
    const bound = token.boundTo === undefined ? [] : [`bound to key ${shown(token.boundTo)}`]
    const words = rowWords(title, [shown(token.account.email), clientName(state, token.clientId), ...bound])
    return `${words}
${rowAmount(durationWords(endsMs - view.nowMs), about)}${endForm(view, 'refresh', value, token.account.email)}`
  })
  if (total === 0)
    return {
      id: 'tokens',
      title: 'Live tokens',
      count: { total, noun: 'live token' },
      content: rowList([], 'There are no live tokens.'),
    }
  const content = `<h3>Refresh tokens <span class="count">${grouped(refresh.total)}</span></h3>
${rowList(rows, 'There are no refresh tokens.', refresh.total)}
<h3>Access tokens <span class="count">${grouped(access)}</span></h3>
${accessTokenList(view, groups)}`
  return { id: 'tokens', title: 'Live tokens', count: { total, noun: 'live token' }, content }
}

type ValuedToken = readonly [value: string, token: AccessToken]

/** Returns the live access tokens of each account and client; the group with the newest token is first. */
function accessTokenGroups({ google, nowMs }: HomeView): readonly (readonly ValuedToken[])[] {
  const groups = new Map<string, ValuedToken[]>()
  for (const [value, token] of google.state.accessTokens) {
    if (!isLiveAccessToken(token, nowMs)) continue
    const key = `${token.account.sub} ${token.clientId}`
    const group = groups.get(key) ?? []
    group.push([value, token])
    // Delete first: a map keeps the position of an existing key.
    groups.delete(key)
    groups.set(key, group)
  }
  return [...groups.values()].toReversed()
}

/** The most access tokens listed for one account and client; the rest are only counted. */
const mostTokens = 8

function accessTokenList(view: HomeView, groups: readonly (readonly ValuedToken[])[]): string {
  const { kept, total } = first(groups)
  const rows = kept.map((tokens) => {
    const [newest] = tokens.slice(-1)
    if (newest === undefined) return ''
    const [, { account, clientId }] = newest
    const latestMs = Math.max(...tokens.map(([, { expiresAtMs }]) => expiresAtMs))
    const notes = [counted(tokens.length, 'access token'), clientName(view.google.state, clientId)]
    const listed = last(tokens, mostTokens)
    const list = listed.kept.map(([value, token]) => {
      const button = endForm(view, 'access', value, account.email)
      return `<span class="words"><code>${shown(masked(value))}</code></span>
${rowAmount(durationWords(token.expiresAtMs - view.nowMs), 'left')}${button}`
    })
    return `<details class="group"><summary>${rowWords(shown(account.email), notes)}
${rowAmount(durationWords(latestMs - view.nowMs), 'latest expiry')}</summary>
${rowList(list, '', listed.total)}</details>`
  })
  return rowList(rows, 'There are no access tokens.', total)
}

function endForm(view: HomeView, kind: 'access' | 'refresh', value: string, email: string): string {
  const button = { label: 'End', says: `End the ${kind} token ${masked(value)} of ${email}` }
  return actionForm(view, 'tokens/end', [button], { token: hashed(value) })
}
