import { builtInAccounts, builtInClients, type EmulatorAccount, type EmulatorClient, projectOf } from './built-in.ts'
import type { Clock } from './clock.ts'
import type { Folder } from './folder.ts'
import { invalid } from './input.ts'
import type { Mint } from './mint.ts'
import type { Project } from './project.ts'
import type { UploadSession } from './upload-session.ts'

/**
 * What one user has given to one Cloud project. Consent belongs to the project, refresh tokens to a client of it.
 * Mutable: consents and revocations change it, and every code and token of it points to it.
 */
export interface Grant {
  readonly project: string
  readonly sub: string
  readonly scopes: Set<string>
  readonly clients: Map<string, ClientGrant>
  /** Set by a revoke: whatever still points here is dead from that moment (milliseconds since 1970). */
  endsAtMs?: number
}

/** The part of a grant that belongs to one client. Mutable: each token that is issued or dropped changes it. */
export interface ClientGrant {
  /** Offline access was given before, so a web client gets no second refresh token unasked. */
  offline: boolean
  /** Live refresh tokens, oldest first. */
  readonly refreshTokens: Set<string>
  /** Access tokens, the one that was not used for the longest time first. */
  readonly accessTokens: Set<string>
}

/** An authorization code and everything it is bound to (RFC 6749 section 4.1.2, RFC 7636 section 4.4). */
export interface AuthorizationCode {
  readonly client: EmulatorClient
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  readonly redirectUri: string
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined
  readonly nonce: string | undefined
  readonly accessType: 'online' | 'offline'
  /** Whether exchanging it yields a refresh token; decided when the user consented. */
  readonly refreshToken: boolean
  /** The user gave access for so long only. */
  readonly accessSeconds?: number
  /** From a mobile SDK, where Google does not say when a refresh token ends that the user has limited. */
  readonly fromSdk: boolean
  readonly expiresAtMs: number
}

/** What an access token stands for. */
export interface AccessToken {
  readonly clientId: string
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  readonly accessType: 'online' | 'offline'
  readonly expiresAtMs: number
}

/** What a refresh token stands for. */
export interface RefreshToken {
  readonly clientId: string
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  /** When it was issued or last used; six months later it is dead. Mutable: each use moves it. */
  usedAtMs: number
  /** For access that is limited in time. */
  readonly expiresAtMs?: number
}

/** What a user gave to a device, until the device fetches its tokens. */
export interface DeviceApproval {
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  /** The user gave access for so long only. */
  readonly accessSeconds?: number
}

/** What a device hears instead of tokens. */
interface DeviceRefusal {
  readonly status: number
  readonly error: string
  readonly description: string
}

/**
 * A device code and the user code that belongs to it (RFC 8628 section 3.2). Mutable: polls and the
 * answer of the user change it.
 */
export interface DeviceCode {
  readonly client: EmulatorClient
  readonly userCode: string
  /** In grant names, each once. */
  readonly scopes: readonly string[]
  /** What came of asking the user; `used` once the device has its tokens, undefined until there is an answer. */
  answer: DeviceApproval | DeviceRefusal | 'used' | undefined
  /** How long the device has to wait from poll to poll; every impatient poll makes it longer. */
  intervalMs: number
  polledAtMs: number | undefined
  readonly expiresAtMs: number
}

/** Everything a reset forgets. Mutable: each request may add to the maps and delete from them. */
export interface State {
  readonly clients: Map<string, EmulatorClient>
  /** By `sub`. Added to with {@link keepAccount} only. */
  readonly accounts: Map<string, EmulatorAccount>
  /** By e-mail address in lower case. */
  readonly accountsByEmail: Map<string, EmulatorAccount>
  /** By `sub`, the place of an account among all, from 0. */
  readonly authuser: Map<string, number>
  /** Projects that are not as new ones are, by number. */
  readonly projects: Map<string, Project>
  /** When each account (by `sub`) last signed in, milliseconds since 1970; the last one to do so at the end. */
  readonly signIns: Map<string, number>
  readonly grants: Map<string, Grant>
  readonly codes: Map<string, AuthorizationCode>
  readonly deviceCodes: Map<string, DeviceCode>
  readonly accessTokens: Map<string, AccessToken>
  readonly refreshTokens: Map<string, RefreshToken>
  readonly folders: Map<string, Folder>
  /** Resumable uploads by upload id, oldest first. */
  readonly uploads: Map<string, UploadSession>
}

/** What the rules of the records go by: the state, the time, and fresh values. */
export interface Records {
  /** Mutable: a reset replaces it. */
  state: State
  readonly clock: Clock
  readonly mint: Mint
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
 * @throws RangeError when there is none.
 */
export function accountNamed(state: State, emailOrSub: string | undefined): EmulatorAccount {
  const account = emailOrSub === undefined ? [...state.accounts.values()][0] : findAccount(state, emailOrSub)
  if (account === undefined) throw invalid(`there is no account ${emailOrSub ?? ''}`)
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
