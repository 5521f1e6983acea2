import { randomBytes } from 'node:crypto'
import { parseJsonObject, stringMember } from '../core/json.ts'
import { Exit, Failure, Secret } from '../failures/index.ts'
import type { Http, HttpRequest, HttpResponse } from '../http/request.ts'
import { type GoogleHost, googleHosts, needsOf, type Probe } from './probe.ts'

/** The values that a server's account provides. */
export interface Access {
  /** `clientId`, `clientSecret`, and `refresh` or `code`. */
  readonly values: Readonly<Record<string, string>>
  /** Refreshes as gsa does it, which stores a new refresh token, and returns the response. */
  readonly refresh?: () => Promise<HttpResponse>
}

/** One of the two servers to compare. */
export interface ComparedServer {
  /** `google`, or its address without a slash at the end. */
  readonly name: string
  /** The address that stands for all of Google's hosts; undefined for Google itself. */
  readonly url: URL | undefined
  /** Returns what its account provides; undefined if it has none. */
  readonly access: () => Promise<Access | undefined>
}

/** A server during a comparison. Mutable: collects values and responses. */
export interface Side {
  readonly server: ComparedServer
  readonly http: Http
  readonly probes: readonly Probe[]
  readonly values: Map<string, string>
  readonly responses: Map<string, Promise<HttpResponse | Lack>>
  access: Promise<Access | undefined> | undefined
  /** The ids of files that were created and not yet deleted. */
  readonly files: Set<string>
  /** The number of requests since the last response. */
  withoutResponse: number
}

/** The reason why a probe cannot be sent. */
export interface Lack {
  readonly lack: string
  /** Whether an earlier response should have had the value. */
  readonly isUnexpected: boolean
}

// A server that does not respond takes 20 seconds for each request.
const patience = 3

/** Returns a side without any responses. `run` makes the names of files unique. */
export function createSide(server: ComparedServer, http: Http, probes: readonly Probe[], run: string): Side {
  const values = new Map([['run', run]])
  return { server, http, probes, values, responses: new Map(), access: undefined, files: new Set(), withoutResponse: 0 }
}

/** Returns a random name for a run. */
export function newRun(): string {
  return randomBytes(4).toString('hex')
}

/** Returns the origins and host names that stand for the server in its responses, the longest first. */
export function originsOf({ name, url }: ComparedServer): readonly string[] {
  const hosts = Object.values(googleHosts)
  const own = url === undefined ? [] : [name, url.host]
  return [...own, ...hosts.map((host) => `https://${host}`), ...hosts].flatMap((origin) => [
    origin,
    ...(origin === encodeURIComponent(origin) ? [] : [encodeURIComponent(origin)]),
  ])
}

/**
 * Returns the response to a probe, or why it cannot be sent. Sends it once, after the probes that it needs.
 * @throws Failure of the access and of the request
 */
export async function responseTo(side: Side, probe: Probe): Promise<HttpResponse | Lack> {
  const known = side.responses.get(probe.name)
  if (known !== undefined) return known
  const response = sendWithNeeds(side, probe)
  side.responses.set(probe.name, response)
  return response
}

async function sendWithNeeds(side: Side, probe: Probe): Promise<HttpResponse | Lack> {
  if (side.withoutResponse >= patience)
    return { lack: `${side.server.name} did not respond to ${patience} requests in a row`, isUnexpected: false }
  for (const name of needsOf(probe)) {
    const lack = await provide(side, name)
    if (lack !== undefined) return lack
  }
  if (probe.after !== undefined) await responseTo(side, named(side, probe.after))
  const refresh = probe.isRefresh === true ? (await accessOf(side))?.refresh : undefined
  const response = await counted(side, refresh ?? (async () => side.http.send(requestFor(side, probe))))
  keep(side, probe, response, refresh !== undefined)
  return response
}

/** Returns a response, and counts the requests that get none. */
async function counted(side: Side, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    const response = await send()
    side.withoutResponse = 0
    return response
  } catch (error) {
    if (error instanceof Failure && error.exitCode === Exit.Network) side.withoutResponse++
    throw error
  }
}

function named({ probes }: Side, name: string): Probe {
  const probe = probes.find((candidate) => candidate.name === name)
  if (probe === undefined) throw new Error(`no probe ${name}`)
  return probe
}

/** Returns what the account of a side provides, and takes its values at the first time. */
async function accessOf(side: Side): Promise<Access | undefined> {
  const opening = async (): Promise<Access | undefined> => {
    const access = await side.server.access()
    for (const [name, value] of Object.entries(access?.values ?? {})) side.values.set(name, value)
    return access
  }
  return (side.access ??= opening())
}

/** Ensures that a side has a value, from its account or from the probe that keeps it. Returns why it has none. */
async function provide(side: Side, name: string): Promise<Lack | undefined> {
  if (side.values.has(name)) return undefined
  const { server, values } = side
  const access = await accessOf(side)
  if (access === undefined) return { lack: noAccount(server), isUnexpected: false }
  if (values.has(name)) return undefined
  if (name === 'refresh' && access.refresh !== undefined)
    return { lack: `${server.name} replaces refresh tokens`, isUnexpected: false }
  let lack: Lack = {
    lack: name === 'code' ? 'only an emulator has a code' : `${server.name} has no ${name}`,
    isUnexpected: false,
  }
  for (const probe of side.probes.filter(({ keeps }) => keeps !== undefined && name in keeps)) {
    const response = await responseTo(side, probe)
    if (values.has(name)) return undefined
    if ('lack' in response) lack = response
    else return { lack: `the response to ${probe.name} had no ${probe.keeps?.[name] ?? name}`, isUnexpected: true }
  }
  return lack
}

function noAccount({ name, url }: ComparedServer): string {
  const issuer = url === undefined ? '' : ` --issuer ${name}`
  return `no account with a refresh token is stored for ${name}; to add one: gsa login${issuer} --client-secrets FILE`
}

function requestFor({ server, values }: Side, probe: Probe): HttpRequest {
  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '')
  // A secret only where a value was filled in: the log may show the rest.
  const shown = (text: string): string | Secret => {
    const value = filled(text)
    return value === text ? value : new Secret(value)
  }
  const [, method, host, path = ''] = /^(\w+) (\w+):(.*)$/s.exec(probe.at) ?? []
  const { form, bearer, body, type, bytes } = probe
  const content = bytes === undefined ? body && Buffer.from(filled(body)) : Buffer.alloc(bytes, 'gsa ')
  const mapped = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string | Secret>> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, shown(text)]))
  return {
    method: method as HttpRequest['method'],
    url: addressOf(server, host as GoogleHost, filled(path)),
    headers: {
      accept: '*/*',
      ...(type !== undefined && { 'content-type': type }),
      ...(bearer !== undefined && { authorization: shown(`Bearer ${bearer}`) }),
      ...mapped(probe.headers ?? {}),
    },
    ...(form !== undefined && { form: mapped(form) }),
    ...(content !== undefined && content !== '' && { body: content }),
  }
}

/** Returns where a path of a Google host is at this server. */
export function addressOf({ name, url }: ComparedServer, host: GoogleHost, path: string): URL {
  return new URL(`${url === undefined ? `https://${googleHosts[host]}` : name}${path}`)
}

function keep(side: Side, { keeps = {}, at }: Probe, response: HttpResponse, isStored: boolean): void {
  const body = parseJsonObject(response.body) ?? {}
  const { location } = response.headers
  for (const [name, member] of Object.entries(keeps)) {
    const found = member === 'location' ? pathOf(side, location) : stringMember(body, member)
    // A refresh token that was replaced and stored must not be sent from here.
    if (isStored && name === 'refresh') {
      if (found !== undefined && found !== side.values.get(name)) side.values.delete(name)
    } else if (found !== undefined && response.status < 400) side.values.set(name, found)
  }
  const id = stringMember(body, 'id')
  if (body['kind'] === 'drive#file' && id !== undefined && /^(?:POST|PUT) www:/.test(at)) side.files.add(id)
}

/** Returns the path and query of an address. Its host may be another name of this server. */
function pathOf({ server }: Side, location: string | undefined): string | undefined {
  const base = addressOf(server, 'www', '/')
  if (location === undefined || !URL.canParse(location, base.href)) return undefined
  const { pathname, search } = new URL(location, base)
  const prefix = base.pathname.replace(/\/$/, '')
  return (pathname.startsWith(prefix) ? pathname.slice(prefix.length) : pathname) + search
}
