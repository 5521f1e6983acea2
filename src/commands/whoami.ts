import { Command } from 'commander'
import type { Account } from '../accounts/account-index.ts'
import { accountName } from '../accounts/account-names.ts'
import { listedAccount } from '../accounts/locate-credential.ts'
import { environmentSub } from '../accounts/environment-sub.ts'
import { accountWarnings } from '../credentials/account-warnings.ts'
import { refresh } from '../credentials/refresh.ts'
import { shortScope } from '../oauth/scopes.ts'
import type { Context } from '../terminal/context.ts'
import { humanDistance, twoColumns } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import { accountDocument, tokenPlace } from './shared/grant-report.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

/** `gsa whoami` */
export function whoamiCommand(context: Context): Command {
  return new Command('whoami')
    .description('show the stored account, its scopes and when its tokens expire')
    .addHelpText('before', examples('gsa whoami', 'gsa whoami --json | jq -r .account.email'))
    .action(async (_: unknown, command: Command) => {
      const { output, now } = context
      const { account, refreshing } = await openSession(context, command.optsWithGlobals<CommonOptions>()).account()
      // Nothing is known about GSA_REFRESH_TOKEN until it is used.
      if (account.sub === environmentSub) await refresh(refreshing, account)
      const known = (await listedAccount(refreshing.storage, account)) ?? account
      const warnings = await accountWarnings(refreshing.storage, known, now())
      for (const warning of warnings) output.warn(warning)
      await output.result({ ...whoamiDocument(known, now()), warnings }, () => whoamiText(known, now()))
    })
}

function whoamiDocument(account: Account, nowMs: number): Readonly<Record<string, unknown>> {
  const obtainedAt = account.refreshTokenObtainedAt
  return {
    account: accountDocument(account.sub, account.claims),
    clientId: account.clientId,
    clientType: account.clientType,
    issuer: account.issuer,
    store: account.store,
    scopes: { requested: account.requestedScopes, granted: account.grantedScopes },
    accessToken: { expiresAt: account.accessTokenExpiresAt },
    refreshToken: {
      stored: account.hasRefreshToken,
      bound: account.hasRefreshToken && account.isBound,
      obtainedAt,
      ageSeconds: obtainedAt === null ? null : Math.max(0, Math.round((nowMs - Date.parse(obtainedAt)) / 1000)),
      lastUsedAt: account.refreshTokenUsedAt,
      expiresAt: account.refreshTokenExpiresAt,
    },
    claims: account.claims,
  }
}

function whoamiText(account: Account, nowMs: number): string {
  const { name, sub, hostedDomain } = accountDocument(account.sub, account.claims)
  const {
    accessTokenExpiresAt: accessEnds,
    refreshTokenObtainedAt: obtained,
    refreshTokenExpiresAt: refreshEnds,
  } = account
  const refusedAt = account.refreshTokenRefusal?.at
  const refreshToken = account.hasRefreshToken
    ? [
        tokenPlace(account.store),
        ...(account.isBound ? ['bound to a key'] : []),
        ...(obtained === null ? [] : [`obtained ${humanDistance(obtained, nowMs)}`]),
        ...(refreshEnds === null
          ? []
          : [`${Date.parse(refreshEnds) <= nowMs ? 'expired' : 'expires'} ${humanDistance(refreshEnds, nowMs)}`]),
      ].join(', ')
    : refusedAt === undefined
      ? 'none stored'
      : `none stored, the last one was rejected ${humanDistance(refusedAt, nowMs)}`
  return twoColumns([
    ['Account', accountName(account)],
    ['Name', name],
    ['Subject', sub],
    ['Domain', hostedDomain],
    ['Client', `${account.clientId} (${account.clientType})`],
    ['Server', account.issuer],
    ['Scopes', account.grantedScopes.map(shortScope).join(' ')],
    ['Refresh token', refreshToken],
    [
      'Access token',
      accessEnds === null
        ? 'none'
        : Date.parse(accessEnds) <= nowMs
          ? 'expired'
          : `expires ${humanDistance(accessEnds, nowMs)}`,
    ],
  ])
}
