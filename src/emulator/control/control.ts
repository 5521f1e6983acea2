import { readFileSync } from 'node:fs'
import { parseDuration } from '../../core/duration.ts'
import { faultReport, readFault } from '../faults/faults.ts'
import { bearsControlToken, calledByForeignPage, calledByLoopbackName } from '../http/caller.ts'
import { type Call, notFoundPage, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { createSdkCode, readPlatform } from '../oauth/sdk-codes.ts'
import { flagOf, invalid, isRecord, textOf, textsOf } from '../records/input.ts'
import { addAccount, addClient, fillFolder } from './additions.ts'
import { resetLocalGoogle } from './configuration.ts'
import { endings } from './ending-requests.ts'
import { refuseUnknownMembers } from './request-members.ts'
import { settings } from './settings.ts'

type Action = (google: LocalGoogle, body: Readonly<Record<string, unknown>>) => unknown

const actions: Record<string, Action | undefined> = {
  ...settings,
  ...endings,
  'GET faults': (google) => faultReport(google.faults),
  'GET requests': (google) => ({ requests: google.journal.entries() }),
  'GET proxy': ({ proxy }) => ({ proxy: proxy ?? null }),
  'GET clock': (google) => ({ now: new Date(google.clock.now()).toISOString() }),
  'POST codes': (google, body) => ({ code: createSdkCode(google, readCodeRequest(body)) }),
  'POST faults': (google, body) => {
    const fault = readFault(body)
    google.faults.arm(fault)
    return { armed: fault }
  },
  'POST clock': (google, body) => {
    const advance = textOf(body, 'advance')
    if (advance === undefined) throw invalid('"advance" must be a duration such as 7d')
    google.clock.advance(parseDuration(advance))
    return { now: new Date(google.clock.now()).toISOString() }
  },
  'POST keys/rotate': async (google, body) => {
    await google.keys.rotate(flagOf(body, 'retire') ?? false)
    return { kids: (await google.keys.published()).map(({ kid }) => kid) }
  },
  'POST accounts': (google, body) => ({ account: addAccount(google, body) }),
  'POST clients': (google, body) => ({ client: addClient(google, body) }),
  'POST files': (google, body) => fillFolder(google, body),
  'POST reset': (google) => {
    resetLocalGoogle(google)
    return {}
  },
}

/**
 * Carries out a control request by name, such as `POST clock`, and returns its result, or undefined if there is no such
 * request.
 * @throws RangeError when the body is invalid.
 */
export async function carryOut(
  google: LocalGoogle,
  name: string,
  body: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  refuseUnknownMembers(name, body)
  return await actions[name]?.(google, body)
}

/**
 * Handles `/emulator/v1/…`, which tests use to control the emulator. JSON in and out; an invalid request gets 400 with
 * `{"error"}`.
 */
export async function controlEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const refused = refusal(google, call)
  if (refused !== undefined) return refused
  const name = call.path.slice('/emulator/v1/'.length)
  const action = `${call.method} ${name}`
  if (actions[action] === undefined)
    return controlReply(404, { error: `there is no ${call.method} ${call.path}`, actions: Object.keys(actions) })
  try {
    return controlReply(200, await carryOut(google, action, readBody(call)))
  } catch (error) {
    if (error instanceof RangeError) return controlReply(400, { error: error.message })
    throw error
  }
}

/** Handles `GET /healthz`, for container platforms: serves any caller, because it reveals nothing. */
export function healthEndpoint(): Reply {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  return { status: 200, headers, body: '{"status":"ok"}\n', whole: true }
}

/** Handles `GET /emulator/ca.pem`, for other containers: the certificate of the CA is no secret. */
export function caEndpoint({ caFile }: LocalGoogle, call: Call): Reply {
  if (caFile === undefined) return notFoundPage(call.path)
  return { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: readFileSync(caFile), whole: true }
}

/**
 * Returns the response to a caller that is refused. A web page in the developer's browser must not control the
 * emulator: neither through its own host name bound to 127.0.0.1 (Host reveals DNS rebinding) nor with a cross-site
 * request (Origin reveals it).
 */
function refusal(google: LocalGoogle, call: Call): Reply | undefined {
  if (!calledByLoopbackName(call) && !bearsControlToken(google, call)) {
    if (google.controlToken === undefined)
      return controlReply(403, { error: 'the control API is available only at a loopback address' })
    const error =
      'from other machines and under other names, the control API needs the header "Authorization: Bearer CONTROL_TOKEN"'
    return controlReply(401, { error }, { 'www-authenticate': 'Bearer' })
  }
  if (!calledByForeignPage(google, call)) return undefined
  return controlReply(403, { error: 'the control API is not available to pages of other origins' })
}

function controlReply(status: number, body: unknown, more: Reply['headers'] = {}): Reply {
  const headers = {
    ...more,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return { status, headers, body: `${JSON.stringify(body, null, 2)}\n` }
}

function readBody(call: Call): Readonly<Record<string, unknown>> {
  if (call.body.length === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(call.body.toString())
  } catch {
    throw invalid('the body is not JSON')
  }
  if (!isRecord(value)) throw invalid('the body must be a JSON object')
  return value
}

function readCodeRequest(body: Readonly<Record<string, unknown>>): Parameters<typeof createSdkCode>[1] {
  const account = textOf(body, 'account')
  const platform = textOf(body, 'platform')
  const scopes = textsOf(body, 'scopes')
  const clientId = textOf(body, 'clientId')
  const nonce = textOf(body, 'nonce')
  const forceRefreshToken = flagOf(body, 'forceRefreshToken')
  const limitedAccess = flagOf(body, 'limitedAccess')
  const origin = textOf(body, 'origin')
  return {
    ...(account !== undefined && { account }),
    ...(platform !== undefined && { platform: readPlatform(platform) }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(clientId !== undefined && { clientId }),
    ...(nonce !== undefined && { nonce }),
    ...(forceRefreshToken !== undefined && { forceRefreshToken }),
    ...(limitedAccess !== undefined && { limitedAccess }),
    ...(origin !== undefined && { origin }),
  }
}
