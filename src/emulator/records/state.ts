import { type EmulatorAccount, type EmulatorClient, builtInAccounts, builtInClients, projectOf } from './built-in.ts'
import type { Clock } from './clock.ts'
import type { Folder } from './folder.ts'
import { invalid } from './input.ts'
import type { Mint } from './mint.ts'
import type { Project } from './project.ts'
import type { UploadSession } from './upload-session.ts'

/** What one user has given to one Cloud project. Consent belongs to the project, refresh tokens to a client of it. */
export interface Grant {
  project: string
  sub: string
  scopes: Set<string>
  clients: Map<string, ClientGrant>
  /** Set by a revoke: whatever still points here is dead from that moment (milliseconds since 1970). */
  endsAtMs?: number
}

/** The part of a grant that belongs to one client. */
export interface ClientGrant {
  /** Offline access was given before, so a web client gets no second refresh token unasked. */
  offline: boolean
  /** Live refresh tokens, oldest first. */
  refreshTokens: Set<string>
  /** Access tokens, the one that was not used for the longest time first. */
  accessTokens: Set<string>
}

/** An authorization code and everything it is bound to (RFC 6749 section 4.1.2, RFC 7636 section 4.4). */
export interface AuthorizationCode {
  client: EmulatorClient
  account: EmulatorAccount
  grant: Grant
  scopes: ReadonlySet<string>
  redirectUri: string
  challenge: { method: 'S256' | 'plain'; value: string } | undefined
  nonce: string | undefined
  accessType: 'online' | 'offline'
  /** Whether exchanging it yields a refresh token; decided when the user consented. */
  refreshToken: boolean
  /** The user gave access for so long only. */
  accessSeconds?: number
  /** From a mobile SDK, where Google does not say when a refresh token ends that the user has limited. */
  fromSdk: boolean
  expiresAtMs: number
}

/** What an access token stands for. */
export interface AccessToken {
  clientId: string
  account: EmulatorAccount
  grant: Grant
  scopes: ReadonlySet<string>
  accessType: 'online' | 'offline'
  expiresAtMs: number
}

/** What a refresh token stands for. */
export interface RefreshToken {
  clientId: string
  account: EmulatorAccount
  grant: Grant
  scopes: ReadonlySet<string>
  /** When it was issued or last used; six months later it is dead. */
  usedAtMs: number
  /** For access that is limited in time. */
  expiresAtMs?: number
}

/** What a user gave to a device, until the device fetches its tokens. */
export interface DeviceApproval {
  account: EmulatorAccount
  grant: Grant
  scopes: ReadonlySet<string>
  /** The user gave access for so long only. */
  accessSeconds?: number
}

/** What a device hears instead of tokens. */
interface DeviceRefusal {
  status: number
  error: string
  description: string
}

/** A device code and the user code that belongs to it (RFC 8628 section 3.2). */
export interface DeviceCode {
  client: EmulatorClient
  userCode: string
  /** In grant names, each once. */
  scopes: readonly string[]
  /** What came of asking the user; `used` once the device has its tokens, undefined until there is an answer. */
  answer: DeviceApproval | DeviceRefusal | 'used' | undefined
  /** How long the device has to wait from poll to poll; every impatient poll makes it longer. */
  intervalMs: number
  polledAtMs: number | undefined
  expiresAtMs: number
}

/** Everything a reset forgets. */
export interface State {
  clients: Map<string, EmulatorClient>
  /** By `sub`. Added to with {@link keepAccount} only. */
  accounts: Map<string, EmulatorAccount>
  /** By e-mail address in lower case. */
  accountsByEmail: Map<string, EmulatorAccount>
  /** By `sub`, the place of an account among all, from 0. */
  authuser: Map<string, number>
  /** Projects that are not as new ones are, by number. */
  projects: Map<string, Project>
  /** When each account (by `sub`) last signed in, milliseconds since 1970; the last one to do so at the end. */
  signIns: Map<string, number>
  grants: Map<string, Grant>
  codes: Map<string, AuthorizationCode>
  deviceCodes: Map<string, DeviceCode>
  accessTokens: Map<string, AccessToken>
  refreshTokens: Map<string, RefreshToken>
  folders: Map<string, Folder>
  /** Resumable uploads by upload id, oldest first. */
  uploads: Map<string, UploadSession>
}

/** What the rules of the records go by: the state, the time, and fresh values. */
export interface Records {
  state: State
  clock: Clock
  mint: Mint
}

/** The state of a fresh emulator: built-in accounts, built-in and configured clients, nothing else. */
export function createState(configuredClients: readonly EmulatorClient[]): State {
  const clients = [...builtInClients, ...configuredClients]
  const state: State = {
    clients: new Map(clients.map((client) => [client.clientId, { ...client }])),
    projects: new Map(),
    signIns: new Map(),
    accounts: new Map(),
    accountsByEmail: new Map(),
    authuser: new Map(),
    grants: new Map(),
    codes: new Map(),
    deviceCodes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    folders: new Map(),
    uploads: new Map(),
  }
  for (const account of builtInAccounts) keepAccount(state, { ...account })
  return state
}

/** Adds an account that is not there yet. */
export function keepAccount(state: State, account: EmulatorAccount): void {
  state.authuser.set(account.sub, state.accounts.size)
  state.accounts.set(account.sub, account)
  state.accountsByEmail.set(account.email.toLowerCase(), account)
}

/** The account with that e-mail address or `sub`. */
export function findAccount(state: State, emailOrSub: string): EmulatorAccount | undefined {
  return state.accounts.get(emailOrSub) ?? state.accountsByEmail.get(emailOrSub.toLowerCase())
}

/**
 * The account with that e-mail address or `sub`; without a name the first one.
 *
 * @throws RangeError when there is none.
 */
export function accountNamed(state: State, emailOrSub: string | undefined): EmulatorAccount {
  const account = emailOrSub === undefined ? [...state.accounts.values()][0] : findAccount(state, emailOrSub)
  if (!account) throw invalid(`there is no account ${emailOrSub ?? ''}`)
  return account
}

/** The key under which things of one user in the project of a client are kept. */
export function ownerKey(clientId: string, sub: string): string {
  return projectKey(projectOf(clientId), sub)
}

/** The same for a project by its number. */
export function projectKey(project: string, sub: string): string {
  return `${project} ${sub}`
}
