import { invalid, isRecord, textOf, textsOf } from './input.ts'
import { originsOf } from './origins.ts'
import { registrationProblem } from './registered-redirect-uri.ts'

/** The console's application types; `tv` is "TVs and Limited Input devices". */
export type ClientType = 'web' | 'desktop' | 'tv'

/** A registered OAuth client. Redirect URIs apply to `web` only. */
export interface EmulatorClient {
  readonly type: ClientType
  readonly clientId: string
  /** Mutable: codes and grants that refer to the client see the change. */
  clientSecret: string
  /** The name shown on the consent page. */
  readonly name?: string
  readonly redirectUris?: readonly string[]
  readonly javascriptOrigins?: readonly string[]
  /** Absent while the client is active. Mutable: codes and grants that refer to the client see the change. */
  status?: 'deleted' | 'disabled'
  /** Whether token requests must have a DPoP proof; the default is `optional`. Mutable: see `status`. */
  dpop?: (typeof dpopPolicies)[number]
  /** Whether its DPoP proofs need a nonce. Mutable: see `status`. */
  dpopNonce?: boolean
}

/** How a client uses DPoP: `off` ignores its proofs. */
export const dpopPolicies = ['optional', 'required', 'off'] as const

/**
 * A person who can sign in. `hostedDomain` makes it a Workspace account. Mutable: grants and tokens refer to the
 * account object, so its settings change in place.
 */
export interface EmulatorAccount {
  readonly sub: string
  readonly email: string
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  readonly picture: string
  readonly hostedDomain?: string
  /** Workspace session control: the time after the last sign-in until a refresh requires another one. */
  sessionSeconds?: number
  /** The administrator blocks every app. */
  blockedByAdmin?: boolean
  /** The Drive storage limit; 15 GiB when absent. */
  storageLimitBytes?: number
}

const webRedirectUris = ['http://localhost:8080/oauth2callback', 'http://127.0.0.1:8080/oauth2callback']

/** The clients that every emulator starts with. */
export const builtInClients: readonly EmulatorClient[] = [
  {
    type: 'web',
    clientId: '100000000001-web.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-emulator-web',
    name: 'Built-in web client',
    redirectUris: webRedirectUris,
    javascriptOrigins: ['http://localhost:8080'],
  },
  {
    type: 'desktop',
    clientId: '100000000001-desktop.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-emulator-desktop',
    name: 'Built-in desktop client',
  },
  {
    type: 'tv',
    clientId: '100000000001-tv.apps.googleusercontent.com',
    clientSecret: 'GOCSPX-emulator-tv',
    name: 'Built-in limited-input client',
  },
]

/** The accounts that every emulator starts with: a consumer account and a Workspace account. */
export const builtInAccounts: readonly EmulatorAccount[] = [
  {
    sub: '110000000000000000001',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    givenName: 'Ada',
    familyName: 'Lovelace',
    picture: 'https://lh3.googleusercontent.com/a/emulator-ada=s96-c',
  },
  {
    sub: '110000000000000000002',
    email: 'grace@corp.example',
    name: 'Grace Hopper',
    givenName: 'Grace',
    familyName: 'Hopper',
    picture: 'https://lh3.googleusercontent.com/a/emulator-grace=s96-c',
    hostedDomain: 'corp.example',
  },
]

/** Returns a client's Cloud project number: the digits before the dash of its id. */
export function projectOf(clientId: string): string {
  return clientId.split('-', 1)[0] ?? clientId
}

/** A `client_secret_*.json`. */
export type ClientSecretsFile<Type extends ClientType> = Type extends 'web'
  ? { readonly web: ClientSecrets & Readonly<Record<'redirect_uris' | 'javascript_origins', readonly string[]>> }
  : { readonly installed: ClientSecrets & { readonly redirect_uris?: readonly string[] } }

type ClientSecrets = Readonly<
  Record<
    'client_id' | 'project_id' | 'auth_uri' | 'token_uri' | 'auth_provider_x509_cert_url' | 'client_secret',
    string
  >
>

/**
 * Returns the `client_secret_*.json` that the console would offer for a built-in client, with the endpoints of the
 * emulator at `issuer`. Files for limited-input clients have no redirect URIs; {@link readClientSecrets} relies on
 * that.
 * @example
 * import { clientSecretsFile } from 'gsa-cli/emulator'
 *
 * const file = clientSecretsFile('web', 'http://127.0.0.1:9077')
 * console.log(file.web.token_uri) // http://127.0.0.1:9077/token
 */
export function clientSecretsFile<Type extends ClientType>(type: Type, issuer: string): ClientSecretsFile<Type>
export function clientSecretsFile(
  type: ClientType,
  issuer: string,
): ClientSecretsFile<'web'> | ClientSecretsFile<'tv'> {
  const client = builtInClients.find((candidate) => candidate.type === type)
  if (client === undefined) throw new RangeError(`there is no built-in client of type "${type}"`)
  const { accounts, oauth2, www } = originsOf(issuer)
  const common = {
    client_id: client.clientId,
    project_id: 'gsa-emulator',
    auth_uri: `${accounts}/o/oauth2/auth`,
    token_uri: `${oauth2}/token`,
    auth_provider_x509_cert_url: `${www}/oauth2/v1/certs`,
    client_secret: client.clientSecret,
  }
  if (type === 'web') {
    return {
      web: { ...common, redirect_uris: client.redirectUris ?? [], javascript_origins: client.javascriptOrigins ?? [] },
    }
  }
  return { installed: type === 'desktop' ? { ...common, redirect_uris: ['http://localhost'] } : common }
}

/**
 * Returns the client that a downloaded `client_secret_*.json` describes, so that an emulator accepts your own client.
 * @throws RangeError when it is not such a file, or contains a redirect URI that the console would not have
 *   registered.
 * @example
 * import { readClientSecrets, startEmulator } from 'gsa-cli/emulator'
 *
 * const web = { client_id: '1-mine.apps.googleusercontent.com', client_secret: 's', redirect_uris: [] }
 * const google = await startEmulator({ clients: [readClientSecrets({ web })] })
 * console.log(google.clients.some(({ clientId }) => clientId === web.client_id)) // true
 * await google.close()
 */
export function readClientSecrets(file: unknown): EmulatorClient {
  const web = isRecord(file) ? file['web'] : undefined
  const installed = isRecord(file) ? file['installed'] : undefined
  const section = isRecord(web) ? web : installed
  if (!isRecord(section)) throw invalid('a client secrets file must have a "web" or an "installed" section')
  const clientId = textOf(section, 'client_id')
  const clientSecret = textOf(section, 'client_secret')
  if (!clientId || !clientSecret) throw invalid('a client secrets file must have client_id and client_secret')
  const redirectUris = textsOf(section, 'redirect_uris')
  if (isRecord(web)) {
    const javascriptOrigins = textsOf(section, 'javascript_origins') ?? []
    return { type: 'web', clientId, clientSecret, redirectUris: registered(redirectUris ?? []), javascriptOrigins }
  }
  return { type: redirectUris === undefined ? 'tv' : 'desktop', clientId, clientSecret }
}

/**
 * Returns a web client's redirect URIs unchanged.
 * @throws RangeError when Google would not register one of them; the message gives the reason.
 */
export function registered(redirectUris: readonly string[]): readonly string[] {
  for (const redirectUri of redirectUris) {
    const problem = registrationProblem(redirectUri)
    if (problem) throw invalid(`Google would not register the redirect URI "${redirectUri}": it ${problem}`)
  }
  return redirectUris
}
