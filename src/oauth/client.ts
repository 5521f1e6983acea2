import { isJsonObject, type JsonObject, stringMember } from '../core/json.ts'
import { decodedText } from '../core/outside-text.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import {
  type ClientFileTrouble,
  otherKindOf,
  troubleOfBytes,
  troubleOfClientId,
  troubleOfDocument,
  troubleOfSecret,
  troubleOfText,
} from './client-file-kinds.ts'

/**
 * The client's type, from the file's top-level key: `web` for codes of mobile and web apps, `installed` for desktop and
 * limited-input programs.
 */
export type ClientType = 'web' | 'installed'

/** An OAuth client (RFC 6749 section 2) as downloaded from Google's console. */
export interface OAuthClient {
  readonly type: ClientType
  readonly clientId: string
  /** Google requires one for every client that this program supports, including desktop clients. */
  readonly clientSecret: Secret
  readonly redirectUris: readonly string[]
  /** The owner of the endpoints in its file; undefined if it names none, and for a stored client. */
  readonly endpoints?: 'google' | 'other' | undefined
  /** The server that a stored client was used with; undefined for a client from a file. */
  readonly issuer?: string | undefined
}

const googleHosts = new Set(['accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com'])
const largestFileBytes = 64 * 1024
// These need no further checks, whose code takes time to load.
const googleId = /^\d{6,20}-[a-z\d]{1,64}\.apps\.googleusercontent\.com$/
const googleSecret = /^GOCSPX-(?!x{3}|your)[\w-]{5,248}$/i

/**
 * Returns the client of a `client_secret_*.json`, which must be JSON (RFC 8259) in UTF-8 or UTF-16. Its endpoints are
 * never used. They only have to be Google's, unless another server was chosen explicitly: a file from a stranger could
 * otherwise send the client secret anywhere.
 * @param file the file's name in messages
 * @param otherServerChosen whether the authorization server was chosen by flag or environment
 * @throws Failure `client_secrets_invalid`, `client_secrets_wrong_kind`, `client_secrets_foreign_endpoint`
 */
export function parseClientSecrets(bytes: Buffer, file: string, otherServerChosen: boolean): OAuthClient {
  const invalid = (problem: string): Failure => new Failure('client_secrets_invalid', { file, problem })
  const isTooLong = bytes.length > largestFileBytes
  const text = isTooLong ? '' : decodedText(bytes)
  const document = jsonObject(text)
  if (document === undefined) {
    const binary = troubleOfBytes(bytes)
    if (binary !== undefined) throw refused(file, binary)
    if (isTooLong) throw invalid(`it has ${bytes.length} bytes, which is far too many`)
    if (text.trim() === '') throw invalid('it is empty')
    throw refused(file, troubleOfText(text))
  }
  if (text.includes('\ufffd')) throw invalid('its text is neither UTF-8 nor UTF-16')

  const type = (['web', 'installed'] as const).find((key) => document[key] !== undefined)
  const client = type === undefined ? undefined : document[type]
  const clientSecret = isJsonObject(client) ? stringMember(client, 'client_secret') : undefined
  if (clientSecret === undefined || Object.keys(document).length > 1) {
    const kind = otherKindOf(document)
    if (kind !== undefined) throw refused(file, { kind })
  }
  if (type === undefined) throw refused(file, troubleOfDocument(document))
  if (!isJsonObject(client)) throw invalid(`"${type}" is not an object`)

  const clientId = stringMember(client, 'client_id')
  if (clientId === undefined || !/^[\x21-\x7e]{1,255}$/.test(clientId))
    throw invalid('client_id is missing or not a client ID')
  if (clientId.startsWith('GOCSPX-')) throw refused(file, { problem: 'client_id contains a secret', remedy: 'repair' })
  if (/^(?:YOUR|<|\$\{|\{\{)/i.test(clientId)) throw invalid(`client_id is still the placeholder "${clientId}"`)
  if (clientSecret === undefined || !googleSecret.test(clientSecret)) {
    const trouble = troubleOfSecret(client['client_secret'])
    if (trouble !== undefined || clientSecret === undefined)
      throw refused(file, trouble ?? { problem: 'client_secret is not a text' })
  }
  const endpoints = endpointsOf(client)
  if (!otherServerChosen) {
    refuseForeignEndpoints(client, file)
    const trouble = googleId.test(clientId) ? undefined : troubleOfClientId(clientId, endpoints === 'google')
    if (trouble !== undefined) throw refused(file, trouble)
  }

  const redirectUris = client['redirect_uris'] ?? []
  if (!Array.isArray(redirectUris) || !redirectUris.every((uri) => typeof uri === 'string'))
    throw invalid('redirect_uris is not a list of strings')
  return { type, clientId, clientSecret: new Secret(clientSecret), redirectUris, endpoints }
}

// The emulator's clients, whose secrets are published with it.
const emulatorProject = '100000000001-'

/** Returns whether a client is Google's, by its file or its ID. Only Google may see such a client's secret. */
export function isGoogleClient({ clientId, endpoints }: Pick<OAuthClient, 'clientId' | 'endpoints'>): boolean {
  if (endpoints !== undefined) return endpoints === 'google'
  return clientId.endsWith('.apps.googleusercontent.com') && !clientId.startsWith(emulatorProject)
}

/**
 * Refuses a client that is not of type "Web application": Android and iOS apps and the web pop-up use such a client as
 * their server client, and only that client can redeem their codes.
 * @param purpose the reason that the client is needed, for the message
 * @throws Failure `client_type_unsuitable`
 */
export function requireWebClient({ type }: OAuthClient, purpose: string): void {
  if (type !== 'web') throw new Failure('client_type_unsuitable', { type, purpose, needed: 'web' })
}

const endpointNames = ['auth_uri', 'token_uri'] as const

function endpointsOf(client: JsonObject): OAuthClient['endpoints'] {
  const named = endpointNames.flatMap((name) => stringMember(client, name) ?? [])
  if (named.some((uri) => URL.canParse(uri) && googleHosts.has(new URL(uri).host))) return 'google'
  return named.length === 0 ? undefined : 'other'
}

function refuseForeignEndpoints(client: JsonObject, file: string): void {
  for (const name of endpointNames) {
    const value = client[name]
    if (value === undefined) continue
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (url?.protocol !== 'https:' || !googleHosts.has(url.host))
      throw new Failure('client_secrets_foreign_endpoint', {
        file,
        member: name,
        url: typeof value === 'string' ? value : JSON.stringify(value),
      })
  }
}

function jsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function refused(file: string, trouble: ClientFileTrouble): Failure {
  return 'kind' in trouble
    ? new Failure('client_secrets_wrong_kind', { file, kind: trouble.kind })
    : new Failure('client_secrets_invalid', { file, problem: trouble.problem, remedy: trouble.remedy })
}
