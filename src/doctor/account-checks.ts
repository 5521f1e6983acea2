import type { Account } from '../accounts/account-index.ts'
import { accountName } from '../accounts/account-names.ts'
import { loadCredential } from '../accounts/locate-credential.ts'
import { googleApi } from '../api/call.ts'
import { accessTokenSource } from '../credentials/access.ts'
import { expiryWarnings } from '../credentials/account-warnings.ts'
import { consentWords, type Grant, warnings } from '../credentials/grant.ts'
import type { OpenAccount } from '../credentials/open-credentials.ts'
import { refresh } from '../credentials/refresh.ts'
import { refreshWithoutProof } from '../credentials/refresh-without-proof.ts'
import { noRefreshToken } from '../credentials/refused-refresh-token.ts'
import { listAppFolder } from '../drive/app-folder.ts'
import { Failure } from '../failures/index.ts'
import { fullScope, missingScopes } from '../oauth/scopes.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import { concernOf, type DoctorCheck, type DoctorState } from './doctor-state.ts'

const driveScope = fullScope('drive.appdata')

/**
 * Returns the accounts to check: the named one, or that of GSA_REFRESH_TOKEN, else all stored accounts.
 * @throws Failure of the groups usage, login required and store
 */
export async function accountsToCheck({
  credentials,
  settings,
}: Pick<DoctorState, 'credentials' | 'settings'>): Promise<readonly OpenAccount[]> {
  return settings.account === undefined && settings.refreshToken === undefined
    ? credentials.storedAccounts()
    : [await credentials.account()]
}

/** The check that reports how many accounts there are, or why that is unknown. */
export function accountListCheck(found: readonly OpenAccount[] | Failure): DoctorCheck {
  return {
    name: 'accounts',
    title: 'There are accounts to check',
    run: () => {
      if (found instanceof Failure) throw found
      if (found.length > 0) return found.length === 1 ? 'one account' : `${found.length} accounts`
      const { causeText, fix } = new Failure('nothing_stored', { others: [] })
      throw new NotAvailable(causeText, fix)
    },
  }
}

/** The checks of one account: its stored token, whether it works, its scopes, and access to Drive. */
export function accountChecks(
  opened: OpenAccount,
  number: number,
  { isOffline, issuer }: Pick<DoctorState, 'isOffline' | 'issuer'>,
): readonly DoctorCheck[] {
  const { account, refreshing } = opened
  const name = (check: string): string => `account-${number}-${check}`
  const title = (check: string): string => `Account ${number}: ${check}`
  let grant: Grant | undefined
  // Offline, the stored data is all there is.
  const afterRefresh = isOffline ? [name('stored')] : [name('refresh')]
  const granted = (): readonly string[] => grant?.scopes.granted ?? account.grantedScopes
  const isMissingDrive = (): boolean => missingScopes([driveScope], granted()).length > 0
  let hasRefreshToken = false
  return [
    {
      name: name('stored'),
      title: title('the refresh token is stored'),
      run: async () => {
        const { refreshToken, dpopKey } = await loadCredential(refreshing.storage, account)
        hasRefreshToken = refreshToken !== undefined
        if (!hasRefreshToken) return concernOf(await noRefreshToken(refreshing.storage, account))
        const bound = dpopKey === undefined ? '' : ', bound to a key'
        return `${accountName(account)}, client ${account.clientId}, store ${account.store}${bound}`
      },
    },
    {
      name: name('refresh'),
      title: title('the refresh token works'),
      // Report an unreachable server only once.
      needs: [name('stored'), ...(account.issuer === issuer ? ['token-host'] : [])],
      sends: true,
      run: async () => {
        if (!hasRefreshToken) throw new NotAvailable('there is no refresh token')
        grant = await refresh(refreshing, account)
        return `got an access token${grant.accessToken.expiresAt === null ? '' : `, expires ${grant.accessToken.expiresAt}`}`
      },
    },
    ...(account.isBound
      ? [
          {
            name: name('dpop'),
            title: title('the refresh token is worthless without its key'),
            needs: [name('refresh')],
            sends: true,
            run: async () => withoutProof(opened),
          },
        ]
      : []),
    {
      name: name('expiry'),
      title: title('the refresh token does not expire soon'),
      needs: afterRefresh,
      run: ({ now }) => {
        if (!hasRefreshToken) throw new NotAvailable('there is no refresh token')
        const expiresAt = grant === undefined ? account.refreshTokenExpiresAt : grant.refreshToken.expiresAt
        return expiry(account.refreshTokenObtainedAt, expiresAt, now())
      },
    },
    {
      name: name('scopes'),
      title: title('drive.appdata scope'),
      needs: afterRefresh,
      run: () => {
        if (granted().length === 0) throw new NotAvailable('the server did not report the granted scopes')
        return isMissingDrive() ? warningOfScopes(account) : 'granted'
      },
    },
    {
      name: name('drive'),
      title: title('Drive allows access to the app folder'),
      needs: [name('refresh')],
      sends: true,
      run: async (state) => {
        if (granted().length > 0 && isMissingDrive()) throw new NotAvailable('drive.appdata was not granted')
        return listOneFile(state, opened)
      },
    },
  ]
}

/** Checks that the server refuses a refresh without a proof. */
async function withoutProof({ account, refreshing }: OpenAccount): Promise<string | Concern> {
  switch (await refreshWithoutProof(refreshing, account)) {
    case 'not-sent':
      throw new NotAvailable('the server replaces refresh tokens')
    case 'refused':
      return 'the server refuses it without a proof'
    case 'accepted':
      return {
        detail: 'The server accepted the refresh token without a proof of its key (DPoP).',
        fix: 'Treat it like any other refresh token: the server does not bind tokens for this client.',
      }
  }
}

function expiry(obtainedAt: string | null, expiresAt: string | null, nowMs: number): string | Concern {
  const [warning] = expiryWarnings(obtainedAt, expiresAt, nowMs)
  if (warning !== undefined) return { detail: warning.message, fix: warning.fix }
  return expiresAt === null ? 'no expiry announced' : `expires ${expiresAt}`
}

function warningOfScopes({ isBound }: Account): Concern {
  const { message, fix } = warnings.scopesMissing([driveScope], consentWords(isBound))
  return { detail: message, fix }
}

async function listOneFile(state: DoctorState, { account, refreshing }: OpenAccount): Promise<string> {
  const api = googleApi({
    http: state.http,
    root: state.credentials.driveUrl(account),
    tokens: accessTokenSource(refreshing, account, 0),
    signal: state.signal,
  })
  for await (const files of listAppFolder(api, { limit: 1, fields: 'id' }))
    if (files.length > 0) return 'the app folder has files'
  return 'the app folder is empty'
}
