import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseDuration } from '../core/duration.ts'
import { readConfiguration, resetLocalGoogle } from './control/configuration.ts'
import { persistTo, readSavedState, type SavedState } from './control/persistence.ts'
import { refuseUnknownMembers } from './control/request-members.ts'
import { readDpopSettings } from './control/settings.ts'
import { createFaults, readFault } from './faults/faults.ts'
import { type SignInFlow, signInFlows } from './flows/sign-in-flow.ts'
import { createKeyRing } from './keys/keys.ts'
import type { Impersonation, ImpersonationOptions } from './impersonation/impersonation.ts'
import { extendedEnvironment } from './impersonation/extended-environment.ts'
import type { LocalGoogle } from './local-google.ts'
import type { SdkCodeRequest } from './oauth/sdk-code-request.ts'
import { createSdkCode } from './oauth/sdk-codes.ts'
import { createOwnCertificate } from './own-certificate.ts'
import type { EmulatorClient } from './records/built-in.ts'
import { createClock } from './records/clock.ts'
import type { EmulatorConfiguration } from './records/configuration.ts'
import { createDpopMemory } from './records/dpop-memory.ts'
import { invalid } from './records/input.ts'
import type { ImpersonationProxy } from './records/impersonation-proxy.ts'
import { createJournal, type JournalEntry } from './records/journal.ts'
import { createMint } from './records/mint.ts'
import { googleIssuer, withoutScheme } from './records/origins.ts'
import { createRandom } from './records/random.ts'
import { createSignIns } from './records/sign-ins.ts'
import { createSignInWindows } from './records/sign-in-windows.ts'
import { createState } from './records/state.ts'
import { createHttpServer } from './server/server.ts'

/** Options for starting an emulator. */
export interface EmulatorOptions {
  /** Default 127.0.0.1. Any other address exposes test accounts and tokens to everyone who can reach it. */
  readonly host?: string
  /** Default 0, which picks a free port. */
  readonly port?: number
  /** Redirects back immediately, as the hinted or the first account, without a consent page. */
  readonly autoConsent?: boolean
  /** Clients alongside the built-in ones; see `readClientSecrets`. A reset keeps them. */
  readonly clients?: readonly EmulatorClient[]
  /** Initial accounts, clients, projects, files and faults; a reset restores them. */
  readonly config?: EmulatorConfiguration
  /** Generates the same keys, codes, tokens and ids each time, if the same requests arrive in the same order. */
  readonly seed?: string
  /** A file that stores all state between runs. Its contents take precedence over `config`. */
  readonly persist?: string
  /**
   * The issuer of ID tokens and the origin of every address in an answer; default: the address. With
   * `https://accounts.google.com`, addresses are those of Google's hosts.
   */
  readonly issuer?: string
  /**
   * Stands in for Google's hosts, for programs with Google's addresses built in: the emulator has a `proxy`, and its
   * issuer is `https://accounts.google.com`. Other hosts are connected to, or refused with `offline`.
   */
  readonly impersonate?: boolean | ImpersonationOptions
  /**
   * Lets other machines use the control API, with `Authorization: Bearer TOKEN` (RFC 6750); without it, only this
   * machine can.
   */
  readonly controlToken?: string
  /** Serves https, with a certificate of a private CA that is valid for a day; see `caFile`. */
  readonly tls?: boolean
}

/**
 * The settings with which google-auth-library's `OAuth2Client` meets an emulator. Mutable: the library's own type asks
 * for a list that can change.
 */
export interface OAuth2ClientOptions {
  readonly endpoints: Readonly<Record<OAuth2Endpoint, string>>
  issuers: string[]
}

type OAuth2Endpoint =
  | 'tokenInfoUrl'
  | 'oauth2AuthBaseUrl'
  | 'oauth2TokenUrl'
  | 'oauth2RevokeUrl'
  | 'oauth2FederatedSignonPemCertsUrl'
  | 'oauth2FederatedSignonJwkCertsUrl'

/** A running emulator. */
export interface Emulator {
  /** The issuer of ID tokens: `http://HOST:PORT` unless another was configured. */
  readonly issuer: string
  /** The root URL for Drive clients: `http://HOST:PORT`, the origin of every endpoint. */
  readonly driveUrl: string
  /** With `tls`: a file with the certificate of the private CA. It is deleted when the emulator is closed. */
  readonly caFile?: string
  /** The base URL of the control API. */
  readonly controlUrl: string
  /**
   * The settings for google-auth-library.
   * @example
   * import { OAuth2Client } from 'google-auth-library'
   * import { startEmulator } from 'gsa-cli/emulator'
   *
   * const google = await startEmulator()
   * const [{ clientId, clientSecret }] = google.clients
   * const client = new OAuth2Client({ clientId, clientSecret, ...google.oauth2ClientOptions })
   * await google.close()
   */
  readonly oauth2ClientOptions: OAuth2ClientOptions
  /** The proxy for programs with Google's addresses built in; only with `impersonate`. */
  readonly proxy?: ImpersonationProxy
  /** All current clients, including those added later. */
  readonly clients: readonly {
    readonly type: EmulatorClient['type']
    readonly clientId: string
    readonly clientSecret: string
  }[]
  /** All current accounts. */
  readonly accounts: readonly { readonly sub: string; readonly email: string }[]
  /**
   * Returns a serverAuthCode, as the mobile or web SDK would pass it to the app. Rejects with RangeError for unknown
   * names.
   */
  createCode(request?: SdkCodeRequest): Promise<string>
  /**
   * Arms a fault: it lets `after` requests pass and then strikes `times` times (default once). `seconds` and `bytes`
   * apply only to faults that mention them. Throws RangeError for unknown names.
   */
  arm(fault: {
    readonly on: string
    readonly fault: string
    readonly times?: number
    readonly after?: number
    readonly seconds?: number
    readonly bytes?: number
  }): void
  /** Moves the clock forward by a duration such as `7d` or `90s`. Throws RangeError for anything else. */
  advanceClock(duration: string): void
  /** Creates a new signing key; the old keys stay published unless `retire` is set. */
  rotateKeys(options?: { readonly retire?: boolean }): Promise<void>
  /** Returns the received requests, with secrets hashed. */
  requests(): readonly JournalEntry[]
  /** Returns the latest sign-ins, oldest first, each as a sequence of steps without secrets. */
  flows(): readonly SignInFlow[]
  /** Forgets everything except the keys, the clients given at start and the configuration. */
  reset(): void
  /** Closes every connection and stops listening; further calls do nothing. */
  close(): Promise<void>
}

/**
 * Starts an emulator and resolves once it listens.
 * @throws the error of `listen`, with `code` EADDRINUSE when the port is in use; RangeError when an option, `config`
 *   or the `persist` file is invalid.
 * @example
 * import { startEmulator } from 'gsa-cli/emulator'
 *
 * const google = await startEmulator()
 * const code = await google.createCode({ account: 'ada@example.com', platform: 'android' })
 * console.log(code.slice(0, 3)) // 4/0
 * await google.close()
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkOptions(options)
  const issuer = options.issuer === undefined ? undefined : readIssuer(options.issuer)
  const impersonation = impersonationOptions(options, issuer)
  const saved = options.persist === undefined ? undefined : await readSavedState(options.persist)
  const host = options.host ?? '127.0.0.1'
  const certificate = options.tls === true ? createOwnCertificate(host, issuer) : undefined
  const google = createLocalGoogle(options, saved)
  google.caFile = certificate?.caFile
  const { server, end: endServer } = createHttpServer(google, certificate?.serverCredentials)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  }).catch((error: unknown) => {
    certificate?.remove()
    throw error
  })
  google.address = originOf(certificate === undefined ? 'http' : 'https', host, server.address())
  google.issuer = issuer ?? (impersonation === undefined ? google.address : googleIssuer)
  const persistence = options.persist === undefined ? undefined : persistTo(options.persist, google)
  if (persistence !== undefined) google.changed = persistence.changed
  let impersonated: Impersonation | undefined
  const end = async (): Promise<void> => {
    await impersonated?.close()
    certificate?.remove()
    // Let half-received requests finish, then ignore later changes: another emulator may be using the file by then.
    await endServer()
    google.changed = () => undefined
    await persistence?.flush()
  }
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closed ??= end()
    await closed
  }
  try {
    // Write now rather than at the end: a file that cannot be written is an invalid argument.
    await persistence?.flush()
    if (impersonation !== undefined) impersonated = await startImpersonation(google, server, impersonation)
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return emulatorOf(google, impersonation?.environment ?? {}, close)
}

/** Loads the impersonation only where it is used. */
async function startImpersonation(
  google: LocalGoogle,
  server: Server,
  options: ImpersonationOptions,
): Promise<Impersonation> {
  const { address, autoConsent } = google
  const { impersonateGoogle } = await import('./impersonation/impersonation.ts')
  const serve: RequestListener = (request, response) => {
    server.emit('request', request, response)
  }
  const { proxy, close } = await impersonateGoogle({ address, autoConsent, serve }, options)
  google.proxy = proxy
  return { proxy, close }
}

const optionTypes: Record<keyof EmulatorOptions, string> = {
  host: 'string',
  port: 'number',
  autoConsent: 'boolean',
  clients: 'object',
  config: 'object',
  seed: 'string',
  persist: 'string',
  issuer: 'string',
  controlToken: 'string',
  tls: 'boolean',
  impersonate: 'boolean or object',
}

/** Returns how to impersonate Google, if at all. By default, programs extend the variables of this process. */
function impersonationOptions(
  { impersonate }: EmulatorOptions,
  issuer = googleIssuer,
): ImpersonationOptions | undefined {
  if (impersonate === undefined || impersonate === false) return undefined
  // Programs with Google's addresses built in would reject the ID tokens of another issuer.
  if (issuer !== googleIssuer)
    throw invalid(`the issuer "${issuer}" must be ${googleIssuer} for an emulator that stands in for Google's hosts`)
  return { environment: process.env, ...(impersonate !== true && impersonate) }
}

/** Checks options at run time, where types are gone: a misspelled option must not look like one that was set. */
function checkOptions(options: EmulatorOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const type = Object.hasOwn(optionTypes, name) ? optionTypes[name as keyof EmulatorOptions] : undefined
    if (!type) throw invalid(`there is no option "${name}"; the options are ${Object.keys(optionTypes).join(', ')}`)
    if (value !== undefined && !type.split(' or ').includes(typeof value))
      throw invalid(`the option "${name}" must be of type ${type}`)
  }
  if (options.clients != null && !Array.isArray(options.clients)) throw invalid('the option "clients" must be a list')
  // The b64token of RFC 6750 section 2.1; other characters cannot be sent.
  if (options.controlToken !== undefined && !/^[\w.~+/-]+=*$/.test(options.controlToken))
    throw invalid('the control token must consist of letters, digits and the characters -._~+/')
  for (const client of options.clients ?? []) {
    const { type, clientId, clientSecret } = client
    if (!type || !clientId || !clientSecret) throw invalid('a client must have a type, a clientId and a clientSecret')
    readDpopSettings({ ...client })
  }
}

/** Returns the issuer without a trailing slash; it must be an origin, because every path is appended to it. */
function readIssuer(text: string): string {
  const issuer = text.replace(/\/$/, '')
  const origin = /^https?:\/\//i.test(issuer) && URL.canParse(issuer) ? new URL(issuer).origin : undefined
  if (origin === issuer) return issuer
  const example = origin ?? 'http://google:9077 or https://accounts.google.com'
  throw invalid(`the issuer "${text}" must be an origin such as ${example}`)
}

function createLocalGoogle(options: EmulatorOptions, saved: SavedState | undefined): LocalGoogle {
  const random = createRandom(options.seed, saved?.randomTaken)
  const configuredClients = options.clients ?? []
  const google: LocalGoogle = {
    issuer: '',
    address: '',
    caFile: undefined,
    autoConsent: options.autoConsent ?? false,
    controlToken: options.controlToken,
    clock: createClock(),
    journal: createJournal(),
    signIns: createSignIns(random.bytes),
    faults: createFaults(),
    keys: createKeyRing({
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(saved === undefined ? {} : { saved: saved.keys }),
    }),
    random,
    windows: createSignInWindows(),
    dpop: createDpopMemory(),
    mint: saved === undefined ? createMint(random.bytes) : createMint(random.bytes, Buffer.from(saved.mintSecret)),
    state: saved?.state ?? createState(configuredClients),
    configuredClients,
    configuration: readConfiguration(options.config ?? {}),
    changed: () => undefined,
  }
  if (saved === undefined) {
    resetLocalGoogle(google)
    return google
  }
  for (const client of configuredClients) {
    if (!google.state.clients.has(client.clientId)) google.state.clients.set(client.clientId, { ...client })
  }
  google.clock.advance(saved.clockOffsetMs)
  for (const fault of saved.faults) google.faults.arm(fault)
  return google
}

function emulatorOf(
  google: LocalGoogle,
  programs: Readonly<Record<string, string | undefined>>,
  close: () => Promise<void>,
): Emulator {
  const { proxy } = google
  return {
    issuer: google.issuer,
    driveUrl: google.address,
    ...(google.caFile !== undefined && { caFile: google.caFile }),
    controlUrl: `${google.address}/emulator/v1`,
    oauth2ClientOptions: oauth2ClientOptions(google),
    ...(proxy !== undefined && {
      proxy: { ...proxy, environment: extendedEnvironment(programs, proxy.environment) },
    }),
    get clients() {
      return [...google.state.clients.values()].map(({ type, clientId, clientSecret }) => ({
        type,
        clientId,
        clientSecret,
      }))
    },
    get accounts() {
      return [...google.state.accounts.values()].map(({ sub, email }) => ({ sub, email }))
    },
    // Async although it awaits nothing: callers already await it, should codes ever need signing.
    createCode: async (request = {}) =>
      await Promise.resolve().then(() =>
        changing(google, () => {
          refuseUnknownMembers('POST codes', { ...request })
          return createSdkCode(google, request)
        }),
      ),
    arm: (fault) =>
      changing(google, () => {
        refuseUnknownMembers('POST faults', { ...fault })
        google.faults.arm(readFault(fault))
      }),
    advanceClock: (duration) => changing(google, () => google.clock.advance(parseDuration(duration))),
    rotateKeys: async (options = {}) => {
      await google.keys.rotate(options.retire ?? false)
      google.changed()
    },
    requests: () => google.journal.entries(),
    flows: () => signInFlows(google),
    reset: () => changing(google, () => resetLocalGoogle(google)),
    close,
  }
}

function oauth2ClientOptions({ address, issuer }: LocalGoogle): OAuth2ClientOptions {
  return {
    endpoints: {
      tokenInfoUrl: `${address}/tokeninfo`,
      oauth2AuthBaseUrl: `${address}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${address}/token`,
      oauth2RevokeUrl: `${address}/revoke`,
      oauth2FederatedSignonPemCertsUrl: `${address}/oauth2/v1/certs`,
      oauth2FederatedSignonJwkCertsUrl: `${address}/oauth2/v3/certs`,
    },
    issuers: [issuer, withoutScheme(issuer)],
  }
}

function changing<Result>(google: LocalGoogle, change: () => Result): Result {
  const result = change()
  google.changed()
  return result
}

/** Returns the origin to use for the address listened on; a wildcard address becomes loopback. */
function originOf(scheme: string, host: string, address: AddressInfo | string | null): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
