import { builtInAccounts, builtInClients, type EmulatorAccount, type EmulatorClient, projectOf } from './built-in.ts'
import type { Clock } from './clock.ts'
import type { Folder } from './folder.ts'
import { invalid } from './input.ts'
import type { Mint } from './mint.ts'
import type { Project } from './project.ts'
import type { SignIns } from './sign-ins.ts'
import type { UploadSession } from './upload-session.ts'

/**
 * One user's grant to one Cloud project. Consent belongs to the project, refresh tokens to one of its clients.
 * Mutable: consents and revocations change it, and all its codes and tokens refer to it.
 */
export interface Grant {
  readonly project: string
  readonly sub: string
  readonly scopes: Set<string>
  readonly clients: Map<string, ClientGrant>
  /** Set by a revoke: codes and tokens that refer to this grant are dead from then on (milliseconds since 1970). */
  endsAtMs?: number
}

/** The part of a grant that belongs to one client. Mutable: each token issued or dropped changes it. */
export interface ClientGrant {
  /** Offline access was granted earlier, so a web client gets a second refresh token only on request. */
  offline: boolean
  /** Live refresh tokens, oldest first. */
  readonly refreshTokens: Set<string>
  /** Access tokens, least recently used first. */
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
  /** Whether exchanging it yields a refresh token; decided at the consent. */
  readonly refreshToken: boolean
  /** The limited duration of the access, if the user limited it. */
  readonly accessSeconds?: number
  /** From the iOS SDK; Google then does not announce when a time-limited refresh token expires. */
  readonly fromIos: boolean
  readonly expiresAtMs: number
  /** The sign-in that it came from; unknown in files of earlier versions. */
  readonly signIn?: string | undefined
}

/** The data behind an access token. */
export interface AccessToken {
  readonly clientId: string
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  readonly accessType: 'online' | 'offline'
  readonly expiresAtMs: number
  /** The sign-in that it came from; unknown in files of earlier versions. */
  readonly signIn?: string | undefined
}

/** The data behind a refresh token. */
export interface RefreshToken {
  readonly clientId: string
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  /** The time it was issued or last used; it expires six months later. Mutable: each use updates it. */
  usedAtMs: number
  /** For time-limited access. */
  readonly expiresAtMs?: number
  /** The thumbprint of the key that every refresh must prove (RFC 9449), if it is bound to one. */
  readonly boundTo?: string
  /** The sign-in that it came from; unknown in files of earlier versions. */
  readonly signIn?: string | undefined
}

/** A user's approval for a device, until the device fetches its tokens. */
export interface DeviceApproval {
  readonly account: EmulatorAccount
  readonly grant: Grant
  readonly scopes: ReadonlySet<string>
  /** The limited duration of the access, if the user limited it. */
  readonly accessSeconds?: number
  readonly signIn?: string | undefined
}

/** The error a device gets instead of tokens. */
interface DeviceRefusal {
  readonly status: number
  readonly error: string
  readonly description: string
}

/** A device code and its user code (RFC 8628 section 3.2). Mutable: polls and the user's answer change it. */
export interface DeviceCode {
  readonly client: EmulatorClient
  readonly userCode: string
  /** The scopes as Google names them in a grant, each once. */
  readonly scopes: readonly string[]
  /** The user's answer; undefined until there is one, `used` once the device has its tokens. */
  answer: DeviceApproval | DeviceRefusal | 'used' | undefined
  /** The minimum time between polls; every early poll increases it. */
  intervalMs: number
  polledAtMs: number | undefined
  readonly expiresAtMs: number
  /** The sign-in that it came from; unknown in files of earlier versions. */
  readonly signIn?: string | undefined
}

/** All state that a reset forgets. Mutable: requests add entries and delete them. */
export interface State {
  readonly clients: Map<string, EmulatorClient>
  /** By `sub`. Use only {@link keepAccount} to add accounts. */
  readonly accounts: Map<string, EmulatorAccount>
  /** By email address in lower case. */
  readonly accountsByEmail: Map<string, EmulatorAccount>
  /** By `sub`: the index of the account, from 0. */
  readonly authuser: Map<string, number>
  /** Projects whose settings differ from the defaults, by number. */
  readonly projects: Map<string, Project>
  /** The time each account (by `sub`) last signed in, in milliseconds since 1970; the latest sign-in is last. */
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

/** The state, the time and fresh values, as the records module needs them. */
export interface Records {
  /** Mutable: a reset replaces it. */
  state: State
  readonly clock: Clock
  readonly mint: Mint
  readonly signIns: SignIns
}

/** Creates the state of a fresh emulator: built-in accounts, and the built-in and configured clients. */
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

/** Adds an account that does not exist yet. */
export function keepAccount(state: State, account: EmulatorAccount): void {
  state.authuser.set(account.sub, state.accounts.size)
  state.accounts.set(account.sub, account)
  state.accountsByEmail.set(account.email.toLowerCase(), account)
}

/** Returns the account with an email address or `sub`. */
export function findAccount(state: State, emailOrSub: string): EmulatorAccount | undefined {
  return state.accounts.get(emailOrSub) ?? state.accountsByEmail.get(emailOrSub.toLowerCase())
}

/**
 * Returns the account with an email address or `sub`, or the first account if no name is given.
 * @throws RangeError when there is none.
 */
export function accountNamed(state: State, emailOrSub: string | undefined): EmulatorAccount {
  const account = emailOrSub === undefined ? [...state.accounts.values()][0] : findAccount(state, emailOrSub)
  if (account === undefined) throw invalid(`there is no account ${emailOrSub ?? ''}`)
  return account
}

/** Returns the key for one user's data in a client's project. */
export function ownerKey(clientId: string, sub: string): string {
  return projectKey(projectOf(clientId), sub)
}

/** Returns the key for one user's data in a project, by its number. */
export function projectKey(project: string, sub: string): string {
  return `${project} ${sub}`
}
