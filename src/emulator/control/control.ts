import { projectOf, readClientSecrets } from '../built-in.ts'
import type { ClientType, EmulatorAccount, EmulatorClient } from '../built-in.ts'
import { calledByForeignPage, calledByLoopbackName } from '../caller.ts'
import { parseDuration } from '../clock.ts'
import { folderOf } from '../drive/call.ts'
import { generateFiles, nextSequence } from '../drive/folder.ts'
import { faultReport, readFault } from '../faults/faults.ts'
import { countOf, flagOf, invalid, isRecord, textOf, textsOf } from '../input.ts'
import type { Call, Reply } from '../reply.ts'
import { settings } from './settings.ts'
import { createSdkCode, readPlatform } from '../oauth/sdk-codes.ts'
import { findAccount, resetWorld } from '../state.ts'
import type { World } from '../state.ts'

type Action = (world: World, body: Record<string, unknown>) => unknown

const actions: Record<string, Action | undefined> = {
  ...settings,
  'GET faults': (world) => faultReport(world.faults),
  'GET requests': (world) => ({ requests: world.journal.entries() }),
  'GET clock': (world) => ({ now: new Date(world.clock.now()).toISOString() }),
  'POST codes': (world, body) => ({ code: createSdkCode(world, readCodeRequest(body)) }),
  'POST faults': (world, body) => {
    const fault = readFault(body)
    world.faults.arm(fault)
    return { armed: fault }
  },
  'POST clock': (world, body) => {
    world.clock.advance(parseDuration(textOf(body, 'advance') ?? ''))
    return { now: new Date(world.clock.now()).toISOString() }
  },
  'POST keys/rotate': async (world, body) => {
    await world.keys.rotate(flagOf(body, 'retire') ?? false)
    return { kids: (await world.keys.published()).map(({ kid }) => kid) }
  },
  'POST accounts': (world, body) => ({ account: addAccount(world, body) }),
  'POST clients': (world, body) => ({ client: addClient(world, body) }),
  'POST files': (world, body) => fillFolder(world, body),
  'POST reset': (world) => {
    resetWorld(world)
    return {}
  },
}

/** `/emulator/v1/…`: how a test steers the emulator. JSON in and out; a wrong request is 400 with `{"error"}`. */
export async function controlEndpoint(world: World, call: Call): Promise<Reply> {
  const refused = refusal(world, call)
  if (refused) return controlReply(403, { error: refused })
  const name = call.path.slice('/emulator/v1/'.length)
  const action = actions[`${call.method} ${name}`]
  if (!action)
    return controlReply(404, { error: `there is no ${call.method} ${call.path}`, actions: Object.keys(actions) })
  try {
    return controlReply(200, await action(world, readBody(call)))
  } catch (error) {
    if (error instanceof RangeError) return controlReply(400, { error: error.message })
    throw error
  }
}

/**
 * Why a caller is turned away. A web page in the developer's browser must not steer the emulator: neither through its own name bound to
 * 127.0.0.1 (DNS rebinding shows in Host) nor with a cross-site request (shows in Origin).
 */
function refusal(world: World, call: Call): string | undefined {
  if (!calledByLoopbackName(call)) return 'the control API answers only under a loopback address'
  return calledByForeignPage(world, call) ? 'the control API does not answer pages of other origins' : undefined
}

function controlReply(status: number, body: unknown): Reply {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return { status, headers, body: `${JSON.stringify(body, null, 2)}\n` }
}

function readBody(call: Call): Record<string, unknown> {
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

function readCodeRequest(body: Record<string, unknown>): Parameters<typeof createSdkCode>[1] {
  const account = textOf(body, 'account')
  const platform = textOf(body, 'platform')
  const scopes = textsOf(body, 'scopes')
  const clientId = textOf(body, 'clientId')
  const nonce = textOf(body, 'nonce')
  const forceRefreshToken = flagOf(body, 'forceRefreshToken')
  const limitedAccess = flagOf(body, 'limitedAccess')
  return {
    ...(account !== undefined && { account }),
    ...(platform !== undefined && { platform: readPlatform(platform) }),
    ...(scopes && { scopes }),
    ...(clientId !== undefined && { clientId }),
    ...(nonce !== undefined && { nonce }),
    ...(forceRefreshToken !== undefined && { forceRefreshToken }),
    ...(limitedAccess !== undefined && { limitedAccess }),
  }
}

function addAccount(world: World, body: Record<string, unknown>): EmulatorAccount {
  const email = textOf(body, 'email')
  if (!email?.includes('@')) throw invalid('an account needs an "email"')
  if (findAccount(world.state, email)) throw invalid(`there already is an account ${email}`)
  const next = 110_000_000_000_000_000_000n + BigInt(world.state.accounts.size + 1)
  const sub = textOf(body, 'sub') ?? String(next)
  if (!sub || sub.length > 255 || world.state.accounts.has(sub)) throw invalid(`"${sub}" cannot be a new "sub"`)
  const name = textOf(body, 'name') ?? (email.split('@', 1)[0] || email)
  const hostedDomain = textOf(body, 'hostedDomain')
  const account: EmulatorAccount = {
    sub,
    email,
    name,
    givenName: textOf(body, 'givenName') ?? name.split(' ', 1)[0] ?? name,
    familyName: textOf(body, 'familyName') ?? name.split(' ').slice(1).join(' '),
    picture: textOf(body, 'picture') ?? `https://lh3.googleusercontent.com/a/emulator-${sub}=s96-c`,
    ...(hostedDomain && { hostedDomain }),
  }
  world.state.accounts.set(sub, account)
  return account
}

const clientTypes: readonly ClientType[] = ['web', 'desktop', 'tv']

function addClient(world: World, body: Record<string, unknown>): EmulatorClient {
  const client = isRecord(body['web']) || isRecord(body['installed']) ? readClientSecrets(body) : readClient(body)
  if (!/^\d+-/.test(client.clientId)) throw invalid('a client id begins with the number of its project and a dash')
  world.state.clients.set(client.clientId, client)
  return client
}

function readClient(body: Record<string, unknown>): EmulatorClient {
  const type = clientTypes.find((candidate) => candidate === textOf(body, 'type'))
  if (!type) throw invalid(`"type" must be one of ${clientTypes.join(', ')}`)
  const clientId = textOf(body, 'clientId')
  if (!clientId) throw invalid('a client needs a "clientId"')
  const name = textOf(body, 'name')
  return {
    type,
    clientId,
    clientSecret: textOf(body, 'clientSecret') ?? `GOCSPX-emulator-${projectOf(clientId)}`,
    redirectUris: textsOf(body, 'redirectUris') ?? [],
    javascriptOrigins: textsOf(body, 'javascriptOrigins') ?? [],
    ...(name && { name }),
  }
}

function fillFolder(world: World, body: Record<string, unknown>): unknown {
  const clientId = textOf(body, 'clientId') ?? [...world.state.clients.keys()][0] ?? ''
  if (!world.state.clients.has(clientId)) throw invalid(`there is no client ${clientId}`)
  const wanted = textOf(body, 'account')
  const account = wanted === undefined ? [...world.state.accounts.values()][0] : findAccount(world.state, wanted)
  if (!account) throw invalid(`there is no account ${wanted ?? ''}`)
  const count = countOf(body, 'count', 1_000_000)
  if (count === undefined) throw invalid('"count" says how many files')
  const bytes = countOf(body, 'bytes', 5 * 1024 * 1024) ?? 16
  const folder = folderOf(world, clientId, account.sub)
  const idPrefix = world.mint.derivedId('1gen', clientId, account.sub, String(nextSequence(folder)))
  generateFiles(folder, { count, bytes, nowMs: world.clock.now(), idPrefix })
  return { created: count, bytes: count * bytes }
}
