import { discoveryFaults, jwksFaults, publishedKeyFaults } from '../faults/provider-faults.ts'
import type { Reply } from '../http/reply.ts'
import type { PublishedKey } from '../keys/keys.ts'
import type { LocalGoogle } from '../local-google.ts'
import { originsOf } from '../records/origins.ts'

/** The claims in Google's document; `locale` was removed years ago. */
const claims = [
  'aud',
  'email',
  'email_verified',
  'exp',
  'family_name',
  'given_name',
  'iat',
  'iss',
  'name',
  'picture',
  'sub',
]

/**
 * Returns `/.well-known/openid-configuration` as recorded from Google in August 2026 (evidence B1), with this
 * emulator's origin.
 */
export function discoveryEndpoint(google: LocalGoogle): Reply {
  return metadataReply(google, metadata(google.issuer))
}

/**
 * Returns `/.well-known/oauth-authorization-server` (RFC 8414): the same without scopes, and with three addresses for
 * people (evidence B1).
 */
export function authorizationServerEndpoint(google: LocalGoogle): Reply {
  const { scopes_supported: _scopes, ...shared } = metadata(google.issuer)
  return metadataReply(google, {
    ...shared,
    service_documentation: 'https://developers.google.com/identity',
    op_policy_uri: 'https://policies.google.com/privacy',
    op_tos_uri: 'https://policies.google.com/terms',
  })
}

function metadataReply(google: LocalGoogle, document: Readonly<Record<string, unknown>>): Reply {
  const sent = google.faults.change<Record<string, unknown>>('discovery', discoveryFaults, document)
  return publicJson(google, `${JSON.stringify(sent, null, 1)}\n`, 'application/json', 3600, 0)
}

function metadata(issuer: string): Readonly<Record<string, unknown>> {
  const { accounts, oauth2, openIdConnect, www } = originsOf(issuer)
  return {
    issuer,
    authorization_endpoint: `${accounts}/o/oauth2/v2/auth`,
    device_authorization_endpoint: `${oauth2}/device/code`,
    token_endpoint: `${oauth2}/token`,
    userinfo_endpoint: `${openIdConnect}/v1/userinfo`,
    revocation_endpoint: `${oauth2}/revoke`,
    jwks_uri: `${www}/oauth2/v3/certs`,
    response_types_supported: [
      'code',
      'token',
      'id_token',
      'code token',
      'code id_token',
      'token id_token',
      'code token id_token',
      'none',
    ],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: claims,
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    authorization_response_iss_parameter_supported: true,
  }
}

/** Returns `/oauth2/v3/certs`: the published keys as a JWK set (RFC 7517). */
export async function jwksEndpoint(google: LocalGoogle): Promise<Reply> {
  const keys = google.faults.change('certs', jwksFaults, await publishedKeys(google))
  return certsJson(google, { keys: keys.map(({ jwk }) => jwk) })
}

/** Returns `/oauth2/v1/certs`: the same keys as a map from `kid` to a PEM certificate. */
export async function certificatesEndpoint(google: LocalGoogle): Promise<Reply> {
  const keys = await publishedKeys(google)
  return certsJson(google, Object.fromEntries(keys.map(({ kid, certificate }) => [kid, certificate])))
}

async function publishedKeys(google: LocalGoogle): Promise<readonly PublishedKey[]> {
  return google.faults.change<readonly PublishedKey[]>('certs', publishedKeyFaults, await google.keys.published())
}

/** Returns the keys with an `age`, as if a cache had held the response for a while; Google's nearly always have one. */
function certsJson(google: LocalGoogle, body: unknown): Reply {
  return publicJson(google, `${JSON.stringify(body, null, 2)}\n`, 'application/json; charset=UTF-8', 21_155, 1245)
}

function publicJson(
  google: LocalGoogle,
  body: string,
  contentType: string,
  maxAgeSeconds: number,
  ageSeconds: number,
): Reply {
  const fetchedAtMs = google.clock.shown() - ageSeconds * 1000
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'cache-control': `public, max-age=${maxAgeSeconds}, must-revalidate, no-transform`,
      expires: new Date(fetchedAtMs + maxAgeSeconds * 1000).toUTCString(),
      age: String(ageSeconds),
      vary: ['X-Origin', 'Referer', 'Origin,Accept-Encoding'],
      server: 'scaffolding on HTTPServer2',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}
