import { isDeepStrictEqual } from 'node:util'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import {
  bearer,
  control,
  credentials,
  driveAppdata,
  pkce,
  postForm,
  type RawAnswer,
  send,
  sendJson,
  signIn,
  webRedirectUri,
} from '../emulator/raw-http.ts'

/** A public recording of Google's answer; the corpus explains its grammar. */
export interface Capture {
  readonly id: string
  readonly stage: string
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers?: Readonly<Record<string, string>>
    readonly form?: Readonly<Record<string, string>>
    readonly json?: unknown
    readonly body?: string
  }
  readonly expect: Expectation
}

interface Expectation {
  readonly status?: number
  readonly reason?: string
  readonly headers?: Readonly<Record<string, string | null>>
  readonly bodyKeys?: readonly string[]
  readonly bodyKeysInOrder?: readonly string[]
  readonly bodyErrorKeys?: readonly string[]
  readonly body?: unknown
  readonly bodyText?: string
  readonly bytes?: number
  readonly finalLocation?: string
  readonly finalLocationParams?: readonly string[]
  readonly authErrorLengthMultipleOf?: number
}

const driveFile = 'https://www.googleapis.com/auth/drive.file'

/** Replays a recorded request at the emulator; returns every difference from the recorded answer. */
export async function differences(google: Emulator, capture: Capture): Promise<string[]> {
  const { request, expect } = capture
  const values = await stage(google, capture)
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  const url = fill(request.url).replace(/^https:\/\/[^/]+/, google.issuer)
  if (expect.finalLocation !== undefined || expect.finalLocationParams !== undefined)
    return locationDifferences(google, (await answerConsent(url, { account: 'ada@example.com' })).url, expect)
  const filled = JSON.parse(fill(JSON.stringify({ headers: {}, ...request }))) as Capture['request']
  return answerDifferences(await play(url, filled), expect)
}

async function play(url: string, { method, headers = {}, form, json, body }: Capture['request']): Promise<RawAnswer> {
  if (form !== undefined) return await postForm(url, form, headers)
  if (json !== undefined) return await sendJson(url, json, { method, headers })
  const bytes = body === '{256KiB}' ? 262_144 : body === '{300000}' ? 300_000 : undefined
  const sent = bytes === undefined ? body : Buffer.alloc(bytes, 'x')
  return await send(url, { method, headers, ...(sent !== undefined && { body: sent }) })
}

/** Brings the emulator into the state that the capture describes; returns the values for its placeholders. */
async function stage(google: Emulator, { stage: wanted, request }: Capture): Promise<Record<string, string>> {
  const needs = JSON.stringify(request)
  const values: Record<string, string> = {
    WEB_ID: credentials(google).client_id,
    WEB_SECRET: credentials(google).client_secret,
    DESKTOP_ID: credentials(google, 'desktop').client_id,
    DESKTOP_SECRET: credentials(google, 'desktop').client_secret,
    TV_ID: credentials(google, 'tv').client_id,
  }
  if (/\{(?:ENCODED_)?CODE\}/.test(needs)) {
    const code = await stagedCode(google, wanted)
    return { ...values, CODE: code, ENCODED_CODE: encodeURIComponent(code) }
  }
  const scopes = wanted.includes('openid email profile')
    ? ['openid', 'email', 'profile']
    : [driveAppdata, ...(wanted.includes('drive.appdata only') ? [] : [driveFile])]
  const tokens = await signIn(google, { scopes })
  Object.assign(values, { ACCESS: tokens.access_token, REFRESH: tokens.refresh_token, ID_TOKEN: tokens.id_token })
  if (wanted.includes('end the grant')) {
    const clientId = credentials(google).client_id
    await control(google, 'POST grants/revoke', { account: 'ada@example.com', clientId })
  }
  if (needs.includes('{DEAD_TOKEN}')) {
    await postForm(`${google.issuer}/revoke`, { token: tokens.access_token })
    values['DEAD_TOKEN'] = tokens.access_token
  }
  const headers = bearer(tokens.access_token)
  if (needs.includes('{FILE}') || wanted.includes('in the app folder')) {
    const names = wanted.includes('wo files') ? ['Test', 'Test 2'] : ['Test']
    for (const name of names) {
      const file = await sendJson(`${google.issuer}/drive/v3/files`, { name, parents: ['appDataFolder'] }, { headers })
      values['FILE'] = file.json.id
    }
  }
  if (needs.includes('{SESSION}')) values['SESSION'] = await stagedSession(google, headers, wanted)
  return values
}

async function stagedCode(google: Emulator, wanted: string): Promise<string> {
  if (wanted.includes('platform: android')) return await google.createCode({ platform: 'android' })
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: credentials(google).client_id,
    redirect_uri: webRedirectUri,
    scope: wanted.includes('openid email profile') ? 'openid email profile' : `openid email ${driveAppdata}`,
    ...(!wanted.includes('without access_type') && { access_type: 'offline' }),
    ...(wanted.includes('S256') && { code_challenge: pkce().challenge, code_challenge_method: 'S256' }),
  })
  const url = `${google.issuer}/o/oauth2/v2/auth?${query.toString()}`
  return new URL((await answerConsent(url, { account: 'ada@example.com' })).url).searchParams.get('code') ?? ''
}

async function stagedSession(google: Emulator, headers: { authorization: string }, wanted: string): Promise<string> {
  const address = `${google.issuer}/upload/drive/v3/files?uploadType=resumable`
  const started = await sendJson(address, { name: 'r.bin', parents: ['appDataFolder'] }, { headers })
  const session = String(started.headers.location)
  if (wanted.includes('one PUT')) await send(session, { method: 'PUT', headers, body: Buffer.alloc(10, 'x') })
  return session
}

function locationDifferences(google: Emulator, url: string, expect: Expectation): string[] {
  const issuer = 'https://accounts.google.com'
  const read = url
    .replaceAll(encodeURIComponent(google.issuer), encodeURIComponent(issuer))
    .replaceAll(google.issuer, issuer)
  const names = [...new URL(url).searchParams.keys()]
  return [
    ...different('location', read, expect.finalLocation),
    ...different('parameters', names, expect.finalLocationParams),
  ]
}

function answerDifferences(answer: RawAnswer, expect: Expectation): string[] {
  const { json } = answer
  const keysOf = (value: unknown): string[] => Object.keys(value ?? {})
  const sorted = (names: readonly string[] | undefined): string[] | undefined => names && [...names].toSorted()
  const authError = new URL(answer.headers.location ?? 'x:', 'http://x').searchParams.get('authError') ?? ''
  const factor = expect.authErrorLengthMultipleOf
  return [
    ...different('status', answer.status, expect.status),
    ...different('reason', answer.reason, expect.reason),
    ...Object.entries(expect.headers ?? {}).flatMap(([name, wanted]) => {
      const value = answer.headers[name.toLowerCase()]
      return different(name, Array.isArray(value) ? value.join(', ') : (value ?? null), wanted)
    }),
    ...different('keys', keysOf(json).toSorted(), sorted(expect.bodyKeys)),
    ...different('keys in order', keysOf(json), expect.bodyKeysInOrder),
    ...different('keys of the error', keysOf(json?.error).toSorted(), sorted(expect.bodyErrorKeys)),
    ...different('text', answer.body, expect.bodyText),
    ...different('bytes', answer.bytes.length, expect.bytes),
    ...(factor !== undefined && authError.length % factor !== 0 ? [`authError has ${authError.length}`] : []),
    ...(expect.body === undefined ? [] : subsetDifferences('body', json, expect.body)),
  ]
}

/** Compares the members that are expected; lists exactly. */
function subsetDifferences(what: string, value: unknown, wanted: unknown): string[] {
  if (wanted === null || typeof wanted !== 'object' || Array.isArray(wanted)) return different(what, value, wanted)
  return Object.entries(wanted).flatMap(([name, member]) =>
    subsetDifferences(`${what}.${name}`, (value as Record<string, unknown> | undefined)?.[name], member),
  )
}

/** Compares one value; a text between slashes is a regular expression. */
function different(what: string, value: unknown, wanted: unknown): string[] {
  if (wanted === undefined) return []
  const [, source, flags] = typeof wanted === 'string' ? (/^\/(.*)\/([a-z]*)$/s.exec(wanted) ?? []) : []
  const same =
    source === undefined
      ? isDeepStrictEqual(value, wanted)
      : new RegExp(source, flags).test(typeof value === 'string' ? value : JSON.stringify(value))
  return same ? [] : [`${what}: ${JSON.stringify(value)} instead of ${JSON.stringify(wanted)}`]
}
