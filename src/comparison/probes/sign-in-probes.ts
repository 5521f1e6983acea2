import type { Probe } from '../probe.ts'

const client = '1-gsacompare.apps.googleusercontent.com'
const authorize = (parameters: string): `GET accounts:${string}` => `GET accounts:/o/oauth2/v2/auth?${parameters}`
const redirect = 'redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fgsa-compare'

/** The documents that clients read, and the error page of the authorization endpoint. They need no account. */
export const signInProbes: readonly Probe[] = [
  { name: 'discovery', shows: 'the OpenID discovery document', at: 'GET accounts:/.well-known/openid-configuration' },
  {
    name: 'server-metadata',
    shows: 'the metadata of RFC 8414',
    at: 'GET accounts:/.well-known/oauth-authorization-server',
  },
  { name: 'keys', shows: 'the signing keys as a JWK set', at: 'GET www:/oauth2/v3/certs' },
  { name: 'certificates', shows: 'the signing keys as certificates', at: 'GET www:/oauth2/v1/certs' },
  {
    name: 'authorize-unknown-client',
    shows: 'the error for an unknown client',
    at: authorize(`response_type=code&client_id=${client}&${redirect}&scope=openid`),
  },
  {
    name: 'authorize-no-client',
    shows: 'the error without a client ID',
    at: authorize(`response_type=code&${redirect}&scope=openid`),
  },
  {
    name: 'authorize-no-response-type',
    shows: 'the error without a response type',
    at: authorize(`client_id=${client}&${redirect}&scope=openid`),
  },
  {
    name: 'authorize-bad-response-type',
    shows: 'the error for an unknown response type',
    at: authorize(`response_type=tea&client_id=${client}&${redirect}&scope=openid`),
  },
  {
    name: 'authorize-no-redirect-uri',
    shows: 'the order of the checks without a redirect URI',
    at: authorize(`response_type=code&client_id=${client}&scope=openid`),
  },
  {
    name: 'authorize-older-address',
    shows: 'the address in every client secrets file',
    at: `GET accounts:/o/oauth2/auth?response_type=code&client_id=${client}&${redirect}&scope=openid`,
  },
  {
    name: 'authorize-other-redirect-uri',
    shows: 'the error for a redirect URI that is not registered',
    at: authorize(
      'response_type=code&client_id={clientId}&redirect_uri=https%3A%2F%2Fgsa-compare.invalid&scope=openid',
    ),
  },
  {
    name: 'unknown-path-accounts',
    shows: 'the page for an unknown path, at accounts.google.com',
    at: 'GET accounts:/gsa-compare',
  },
  { name: 'unknown-path-www', shows: 'the same at www.googleapis.com', at: 'GET www:/gsa-compare' },
]
