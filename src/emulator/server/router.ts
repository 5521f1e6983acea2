import { caEndpoint, controlEndpoint, healthEndpoint } from '../control/control.ts'
import { flowsEndpoint } from '../control/flows.ts'
import { favicon, homeActionEndpoint, homeEndpoint } from '../control/home.ts'
import { batchEndpoint } from '../drive/batch.ts'
import { apiListEndpoint, driveDiscoveryEndpoint } from '../drive/discovery/document.ts'
import { driveEndpoint } from '../drive/drive.ts'
import { finishReply, finishReplyForPage } from '../drive/finish-reply.ts'
import { uploadEndpoint } from '../drive/upload-endpoint.ts'
import type { Surface } from '../faults/surface.ts'
import { clientLibraryEndpoint } from '../gsi/client-library.ts'
import { relayEndpoint, revokeForPageEndpoint, statusEndpoint, windowEndpoint } from '../gsi/page-requests.ts'
import { preflightReply, withOrigin } from '../http/cross-origin.ts'
import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { authorizationEndpoint, consentEndpoint, signInEndpoint } from '../oauth/authorization.ts'
import { deviceAuthorizationEndpoint } from '../oauth/device-authorization.ts'
import { verificationEndpoint } from '../oauth/device-verification.ts'
import {
  authorizationServerEndpoint,
  certificatesEndpoint,
  discoveryEndpoint,
  jwksEndpoint,
} from '../oauth/discovery.ts'
import { peopleEndpoint } from '../oauth/people.ts'
import { revokeEndpoint } from '../oauth/revoke.ts'
import { tokenEndpoint } from '../oauth/token.ts'
import { olderTokeninfoEndpoint, tokeninfoEndpoint } from '../oauth/tokeninfo.ts'
import { userinfoEndpoint, userinfoV2Endpoint } from '../oauth/userinfo.ts'
import { errorPageEndpoint } from '../pages/error-page.ts'

/** A path that the emulator serves. */
export interface Route {
  readonly verbs: readonly string[]
  /** Returns the response, or undefined if it closed the connection. */
  readonly endpoint: (google: LocalGoogle, call: Call) => Reply | undefined | Promise<Reply | undefined>
  /** The part of the emulator that faults are armed on. */
  readonly surface?: Surface
  /** The most bytes of a request body. */
  readonly bodyLimit: number
  /** The endpoint reads the body itself, as it arrives and without a limit: `call.stream`. */
  readonly streams?: true
  /** Changes every response to a request, also that of a fault. */
  readonly finish?: (google: LocalGoogle, call: Call, reply: Reply) => Reply
  /** The control API, the page at `/` and the health check: not recorded in the journal. */
  readonly control?: true
}

const formLimit = 1024 * 1024

const get = ['GET', 'HEAD']
const post = ['POST']
const both = [...get, ...post]

const finishForPage: Route['finish'] = (_google, { headers }, reply) => withOrigin(reply, headers.origin)

/** How responses of these parts let pages of other origins read them. */
const finishes: Partial<Record<Surface, Route['finish']>> = {
  discovery: finishForPage,
  certs: finishForPage,
  token: finishForPage,
  revoke: finishForPage,
  device: finishForPage,
  tokeninfo: finishReplyForPage,
  userinfo: finishReplyForPage,
  drive: finishReplyForPage,
}

function route(verbs: readonly string[], endpoint: Route['endpoint'], surface?: Surface): Route {
  const finish = surface && finishes[surface]
  return { verbs, endpoint, bodyLimit: formLimit, ...(surface && { surface }), ...(finish !== undefined && { finish }) }
}

const routes = new Map<string, Route>([
  ['/', { ...route(get, homeEndpoint), control: true }],
  ['/flows', { ...route(get, flowsEndpoint), control: true }],
  ['/healthz', { ...route(get, healthEndpoint), control: true }],
  ['/emulator/ca.pem', { ...route(get, caEndpoint), control: true }],
  ['/favicon.ico', { ...route(get, favicon), control: true }],
  ['/.well-known/openid-configuration', route(get, discoveryEndpoint, 'discovery')],
  ['/.well-known/oauth-authorization-server', route(get, authorizationServerEndpoint, 'discovery')],
  ['/discovery/v1/apis', route(get, apiListEndpoint, 'discovery')],
  ['/discovery/v1/apis/drive/v3/rest', route(get, driveDiscoveryEndpoint, 'discovery')],
  ['/o/oauth2/v2/auth', route(both, authorizationEndpoint, 'authorize')],
  // The auth_uri of every client_secret.json.
  ['/o/oauth2/auth', route(both, authorizationEndpoint, 'authorize')],
  ['/v3/signin/identifier', route(get, signInEndpoint)],
  ['/signin/oauth/consent', route(post, consentEndpoint)],
  ['/signin/oauth/error', route(get, errorPageEndpoint)],
  ['/gsi/client', route(get, clientLibraryEndpoint)],
  ['/gsi/status', route(get, statusEndpoint)],
  ['/gsi/revoke', route(post, revokeForPageEndpoint)],
  // These repeat, and the page is the caller that they check.
  ['/gsi/relay', { ...route(get, relayEndpoint), control: true }],
  ['/gsi/window', { ...route(post, windowEndpoint), control: true }],
  ['/device/code', route(post, deviceAuthorizationEndpoint, 'device')],
  ['/o/oauth2/device/code', route(post, deviceAuthorizationEndpoint, 'device')],
  ['/device', route(both, verificationEndpoint)],
  ['/token', route(post, tokenEndpoint, 'token')],
  ['/o/oauth2/token', route(post, tokenEndpoint, 'token')],
  ['/oauth2/v3/token', route(post, tokenEndpoint, 'token')],
  ['/oauth2/v4/token', route(post, tokenEndpoint, 'token')],
  ['/revoke', route(post, revokeEndpoint, 'revoke')],
  ['/o/oauth2/revoke', route(both, revokeEndpoint, 'revoke')],
  ['/tokeninfo', route(both, tokeninfoEndpoint, 'tokeninfo')],
  ['/oauth2/v3/tokeninfo', route(both, tokeninfoEndpoint, 'tokeninfo')],
  ['/oauth2/v1/tokeninfo', route(both, olderTokeninfoEndpoint, 'tokeninfo')],
  ['/oauth2/v2/tokeninfo', route(both, olderTokeninfoEndpoint, 'tokeninfo')],
  ['/v1/userinfo', route(both, userinfoEndpoint, 'userinfo')],
  ['/oauth2/v3/userinfo', route(both, userinfoEndpoint, 'userinfo')],
  ['/oauth2/v2/userinfo', route(both, userinfoV2Endpoint, 'userinfo')],
  ['/oauth2/v1/userinfo', route(both, userinfoV2Endpoint, 'userinfo')],
  ['/userinfo/v2/me', route(both, userinfoV2Endpoint, 'userinfo')],
  ['/v1/people/me', route(get, peopleEndpoint, 'userinfo')],
  ['/oauth2/v3/certs', route(get, jwksEndpoint, 'certs')],
  // The address that the fault other-jwks-uri sends clients to.
  ['/oauth2/v3/certs/moved', route(get, jwksEndpoint, 'certs')],
  ['/oauth2/v1/certs', route(get, certificatesEndpoint, 'certs')],
])

const uploads: Route = {
  ...route(['POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'], uploadEndpoint, 'upload'),
  streams: true,
  finish: finishReply,
}
const driveVerbs = ['GET', 'POST', 'PATCH', 'DELETE']
// Faults do not strike what a browser asks before a request.
const preflight = route(['OPTIONS'], (_google, { headers }) =>
  preflightReply(headers.origin, headers['access-control-request-headers']),
)

/** Longest first; all paths below a prefix belong to its endpoint. */
const prefixes: readonly (readonly [string, Route])[] = [
  ['/resumable/upload/drive/v3/', uploads],
  ['/upload/drive/v3/', uploads],
  ['/drive/v3/', route(driveVerbs, driveEndpoint, 'drive')],
  // Google's Java and iOS clients download here.
  ['/download/drive/v3/files/', route(['GET'], driveEndpoint, 'drive')],
  ['/download/drive/v3/', preflight],
  ['/drive/v3/', preflight],
  ['/batch/drive/v3', route(post, batchEndpoint, 'drive')],
  ['/batch/drive/v3', preflight],
  ['/flows/', { ...route(get, flowsEndpoint), control: true }],
  ['/emulator/page/', { ...route(post, homeActionEndpoint), control: true }],
  ['/emulator/v1/', { ...route([...both, 'PUT', 'PATCH', 'DELETE'], controlEndpoint), control: true }],
]

/** Returns the route of a request; undefined means Google's 404, also for a wrong method. */
export function findRoute(method: string, path: string): Route | undefined {
  const found = routes.get(path)
  if (found?.finish !== undefined && method === 'OPTIONS') return preflight
  if (found !== undefined) return found.verbs.includes(method) ? found : undefined
  return prefixes.find(([prefix, { verbs }]) => path.startsWith(prefix) && verbs.includes(method))?.[1]
}
