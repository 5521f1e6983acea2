import { request } from 'node:http'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { exchange, send, signIn } from '../emulator/raw-http.ts'
import { bytesOf, damaged, jsonWith, property, roughText } from './property.ts'
import { converse, sourceAddress, statusesOf } from '../support/raw-socket.ts'
import { manyInputs, runs } from './scale.ts'

// The emulator's parsers, over HTTP: it answers whatever is sent, and never reports an internal error.

let google: Emulator
let accessToken = ''
beforeAll(async () => {
  google = await startEmulator()
  accessToken = (await signIn(google)).access_token
})
afterAll(async () => google.close())

interface Question {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Sends a request; the response must be one that Google could give, too. */
async function expectAnswer({ method = 'GET', path, headers = {}, body }: Question): Promise<number> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(
      `${google.issuer}${path}`,
      { method, headers, agent: false, timeout: 12_000, localAddress: sourceAddress() },
      (response) => {
        let received = ''
        response
          .on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
          .on('end', () => resolve({ status: response.statusCode ?? 0, text: received }))
          .on('error', reject)
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer'))).on('error', reject)
    outgoing.end(body)
  })
  expect(text).not.toContain('The emulator failed')
  expect(status).not.toBe(500)
  return status
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${accessToken}` })
const headerText = roughText.map((text) => text.replace(/[^\x20-\x7e]/g, '')).map((text) => text.trim())
const counts = { portion: 60, whole: manyInputs }

/** Returns parameters with these names, each with one of its own values, another's, or anything. */
function queries(values: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<string> {
  const names = Object.keys(values)
  const value = fc.oneof(roughText, fc.constantFrom(...Object.values(values).flat()))
  const pair = fc.oneof(
    fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...(values[name] ?? [''])))),
    fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), value),
  )
  const encoded = fc.array(pair, { maxLength: names.length + 2 }).map((pairs) => new URLSearchParams(pairs).toString())
  const raw = roughText.map((text) => text.replace(/[^\x21-\x7e]|#/g, ''))
  return fc.oneof({ weight: 5, arbitrary: encoded }, { weight: 1, arbitrary: raw })
}

describe('the emulator answers', () => {
  const authorization = queries({
    response_type: ['code', 'token', 'code id_token'],
    client_id: ['100000000001-desktop.apps.googleusercontent.com', '100000000001-web.apps.googleusercontent.com'],
    redirect_uri: [
      'http://127.0.0.1:9/x',
      'http://[::1]:9',
      'http://localhost:8080/oauth2callback',
      'urn:ietf:wg:oauth:2.0:oob',
      'http://127.0.0.1:99999/',
      'postmessage',
    ],
    scope: ['openid email', 'https://www.googleapis.com/auth/drive.appdata', ' '],
    code_challenge: ['x'.repeat(43)],
    code_challenge_method: ['S256', 'plain'],
    prompt: ['none', 'consent select_account', 'none consent'],
    access_type: ['offline'],
    login_hint: ['ada@example.com'],
    hd: ['corp.example', '*'],
    response_mode: ['query', 'fragment', 'form_post'],
    include_granted_scopes: ['true'],
    authError: ['CgA'],
    request: ['client_id=x'],
  })
  const pages = fc.constantFrom('/o/oauth2/v2/auth', '/o/oauth2/auth', '/v3/signin/identifier', '/signin/oauth/error')
  property(
    'any authorization query',
    fc.tuple(pages, authorization),
    async ([path, query]) => {
      await expectAnswer({ path: `${path}?${query}` })
    },
    counts,
  )

  property(
    'any consent form',
    authorization,
    async (query) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = `decision=allow&account=ada%40example.com&scope=openid&request=${encodeURIComponent(query)}`
      await expectAnswer({ method: 'POST', path: '/signin/oauth/consent', headers, body })
    },
    counts,
  )

  const forms = queries({
    grant_type: [
      'authorization_code',
      'refresh_token',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
      'http://oauth.net/grant_type/device/1.0',
    ],
    client_id: ['100000000001-web.apps.googleusercontent.com', '100000000001-tv.apps.googleusercontent.com'],
    client_secret: ['GOCSPX-emulator-web', 'GOCSPX-emulator-tv'],
    code: ['4/0Ax', '4%2F0Ax'],
    device_code: ['AH-1Ngx'],
    user_code: ['BCDF-GHJK', 'bcdf ghjk'],
    account: ['ada@example.com'],
    decision: ['allow', 'deny'],
    redirect_uri: ['', 'postmessage'],
    code_verifier: ['x'.repeat(43), ''],
    refresh_token: ['1//0x'],
    scope: ['openid', ' '],
    token: ['ya29.x', '1//0x'],
    access_token: ['ya29.x'],
    id_token: ['a.b.c', 'eyJ.e30.x'],
    client_assertion: ['a.b.c'],
    client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
  })
  const types = fc.oneof(
    fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded; charset=x',
    ),
    headerText,
  )
  const credentials = fc.oneof(
    headerText,
    headerText.map((text) => `Basic ${text}`),
    roughText.map((text) => `Basic ${Buffer.from(text).toString('base64')}`),
    headerText.map((text) => `Bearer ${text}`),
  )
  const endpoints = fc.constantFrom(
    '/token',
    '/device/code',
    '/device',
    '/revoke',
    '/tokeninfo',
    '/oauth2/v3/tokeninfo',
    '/v1/userinfo',
    '/oauth2/v2/userinfo',
  )
  property(
    'any form, with any client assertion in its headers',
    fc.tuple(endpoints, forms, types, credentials),
    async ([path, body, type, authorizationHeader]) => {
      await expectAnswer({
        method: 'POST',
        path,
        headers: { 'content-type': type, authorization: authorizationHeader },
        body,
      })
      if (path.includes('info'))
        await expectAnswer({ path: `${path}?${body}`, headers: { authorization: authorizationHeader } })
    },
    counts,
  )

  const word = fc.constantFrom(
    'name',
    'mimeType',
    'modifiedTime',
    "'appDataFolder'",
    'in',
    'parents',
    'contains',
    '=',
    '!=',
    '<=',
    '>',
    'and',
    'or',
    'not',
    '(',
    ')',
    "'a'",
    '"a"',
    '"',
    'sharedWithMe',
    'owners',
    'shortcutDetails.targetId',
    String.raw`'\''`,
    "'",
    'true',
    'False',
    'has',
    '{',
    '}',
    'key',
    'properties',
    '*',
    ',',
    '/',
    'files',
    'nextPageToken',
    'size',
    'desc',
    'name_natural',
    '\\',
  )
  const sentence = fc.oneof(
    fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
    fc.array(word, { maxLength: 3 }).map((words) => words.join('').repeat(300)),
    roughText,
  )
  const listings = fc.record(
    {
      q: sentence,
      fields: sentence,
      orderBy: sentence,
      pageToken: sentence,
      pageSize: fc.oneof(roughText, fc.integer().map(String)),
      spaces: fc.oneof(fc.constant('appDataFolder'), sentence),
      alt: roughText,
      count: roughText,
      key: roughText,
      oauth_token: roughText,
      prettyPrint: fc.constantFrom('false', 'true', ''),
    },
    { requiredKeys: [] },
  )
  const drivePaths = fc.oneof(
    fc.constantFrom(
      '/drive/v3/files',
      '/drive/v3/about',
      '/drive/v3/files/generateIds',
      '/drive/v3/files/appDataFolder',
      '/drive/v3/files/appfolder',
      '/drive/v3/files/1x/export',
      '/drive/v3/changes',
    ),
    roughText.map((id) => `/drive/v3/files/${encodeURIComponent(Buffer.from(id).toString())}`),
    headerText.map((id) => `/drive/v3/${id.replaceAll(/[ #]/g, '')}`),
  )
  property(
    'any Drive query',
    fc.tuple(drivePaths, listings, headerText),
    async ([path, query, range]) => {
      await expectAnswer({
        path: `${path}?${new URLSearchParams(query).toString()}`,
        headers: { ...bearer(), range: `bytes=${range}` },
      })
    },
    counts,
  )

  const methodNames = fc.oneof(fc.constantFrom('GET', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'get', 'POST'), headerText)
  const origins = fc.oneof(fc.constantFrom('http://localhost:3000', 'null', ''), headerText)
  property(
    'any Drive query as a form, under any method',
    fc.tuple(drivePaths, listings, methodNames, origins, fc.constantFrom('POST', 'OPTIONS', 'GET')),
    async ([path, query, named, origin, method]) => {
      await expectAnswer({
        method,
        path,
        headers: {
          ...bearer(),
          origin,
          'x-http-method-override': named,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(query).toString(),
      })
    },
    counts,
  )

  const metadata = fc.oneof(
    damaged({
      name: 'a',
      parents: ['appDataFolder'],
      mimeType: 't',
      id: 'x',
      appProperties: { a: 'b' },
      properties: {},
      starred: true,
      createdTime: '2026-01-01T00:00:00Z',
      modifiedTime: '2026-01-01T00:00:00Z',
    }),
    jsonWith(['name', 'parents', 'mimeType', 'id', 'appProperties', 'modifiedTime', 'createdTime', 'trashed']),
  )
  const parts = bytesOf(
    metadata.chain((value) =>
      fc
        .constantFrom('\r\n', '\n')
        .chain((end) =>
          headerText.map((more) =>
            [
              '--b',
              `content-type: application/json`,
              more,
              '',
              JSON.stringify(value),
              '--b',
              'content-type: text/plain',
              'content-transfer-encoding: base64',
              '',
              'YWJj',
              '--b--',
              '',
            ].join(end),
          ),
        ),
    ),
  )
  const uploads = fc.constantFrom('multipart', 'media', 'resumable', '')
  const multipartTypes = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'multipart/related; boundary=b',
        'multipart/related; boundary="b"',
        'multipart/mixed;boundary=--b',
      ),
    },
    { weight: 1, arbitrary: headerText },
  )
  const batchLines = fc.oneof(
    fc.constantFrom(
      'GET /drive/v3/files?spaces=appDataFolder HTTP/1.1',
      'GET http://127.0.0.1/drive/v3/about?fields=*',
      'POST /drive/v3/files?prettyPrint=false',
      'DELETE /drive/v3/files/1x',
      'PATCH /drive/v3/files/appfolder HTTP/1.1',
      'GET /upload/drive/v3/files',
    ),
    headerText,
  )
  const batchParts = fc
    .tuple(batchLines, headerText, metadata)
    .map(([line, more, value]) =>
      [
        'Content-Type: application/http',
        `Content-ID: ${more}`,
        '',
        line,
        more,
        'Content-Type: application/json',
        '',
        JSON.stringify(value),
      ].join('\r\n'),
    )
  const batches = bytesOf(
    fc
      .tuple(fc.array(batchParts, { maxLength: 4 }), fc.constantFrom('--b--', '--b', '', '\r\n\r\n'))
      .map(([calls, end]) => [...calls.map((call) => `--b\r\n${call}`), end].join('\r\n')),
  )
  property(
    'any batch',
    fc.tuple(batches, multipartTypes, headerText),
    async ([body, contentType, more]) => {
      const headers = { ...bearer(), 'content-type': contentType, 'x-http-method-override': more }
      await expectAnswer({ method: 'POST', path: '/batch/drive/v3', headers, body })
    },
    counts,
  )

  const targets = fc.constantFrom(
    ['POST', 'files'],
    ['PATCH', 'files/1x'],
    ['PATCH', 'files/appDataFolder'],
    ['POST', 'files/1x/copy'],
  )
  const number = fc.oneof(fc.integer({ min: -1, max: 600_000 }).map(String), headerText)
  const ranges = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(number, number, number).map(([a, b, c]) => `bytes ${a}-${b}/${c}`) },
    { weight: 1, arbitrary: fc.constantFrom('bytes */*', 'bytes */3', 'bytes *', '') },
    { weight: 1, arbitrary: headerText },
  )
  property(
    'any piece of an upload',
    fc.tuple(fc.constantFrom('PUT', 'POST', 'DELETE', 'PATCH'), ranges, bytesOf(roughText), fc.boolean()),
    async ([method, range, body, known]) => {
      const opened = await send(`${google.issuer}/upload/drive/v3/files?uploadType=resumable`, {
        method: 'POST',
        headers: { ...bearer(), 'content-type': 'application/json' },
        body: '{"parents":["appDataFolder"]}',
      })
      const session = new URL(opened.headers.location ?? '')
      if (!known) session.searchParams.set('upload_id', range)
      await expectAnswer({ method, path: session.pathname + session.search, headers: { 'content-range': range }, body })
    },
    { portion: 30, whole: runs },
  )

  property(
    'any upload',
    fc.tuple(targets, uploads, multipartTypes, parts, sentence),
    async ([[method = '', path = ''], uploadType, type, body, fields]) => {
      const query = new URLSearchParams({ uploadType, ...(fields.length % 2 === 0 ? { fields } : {}) })
      await expectAnswer({
        method,
        path: `/upload/drive/v3/${path}?${query.toString()}`,
        headers: { ...bearer(), 'content-type': type },
        body,
      })
    },
    counts,
  )

  property(
    'any metadata',
    fc.tuple(targets, bytesOf(metadata.map((value) => JSON.stringify(value)))),
    async ([[method = '', path = ''], body]) => {
      await expectAnswer({
        method,
        path: `/drive/v3/${path}`,
        headers: { ...bearer(), 'content-type': 'application/json' },
        body,
      })
    },
    counts,
  )

  const actions = fc.constantFrom(
    ['GET', 'faults'],
    ['GET', 'requests'],
    ['POST', 'codes'],
    ['POST', 'faults'],
    ['POST', 'clock'],
    ['POST', 'accounts'],
    ['POST', 'clients'],
    ['POST', 'files'],
    ['PATCH', 'accounts'],
    ['PATCH', 'clients'],
    ['POST', 'projects'],
    ['POST', 'accounts/password'],
    ['POST', 'grants/revoke'],
    ['POST', 'tokens/end'],
    ['PUT', 'codes'],
    ['DELETE', ''],
    ['POST', 'constructor'],
    ['POST', '__proto__'],
  )
  const orders = fc.oneof(
    jsonWith([
      'account',
      'platform',
      'scopes',
      'clientId',
      'nonce',
      'forceRefreshToken',
      'on',
      'fault',
      'times',
      'after',
      'advance',
      'email',
      'sub',
      'name',
      'type',
      'web',
      'installed',
      'redirectUris',
      'bytes',
      'seconds',
      'status',
      'sessionSeconds',
      'storageLimitBytes',
      'blockedByAdmin',
      'project',
      'publishingStatus',
      'testUsers',
      'organization',
      'token',
    ]),
    damaged({ account: 'grace@corp.example', sessionSeconds: 60, storageLimitBytes: 5, blockedByAdmin: true }),
    damaged({ clientId: '100000000001-tv.apps.googleusercontent.com', status: 'disabled', clientSecret: 'x' }),
    damaged({ project: '7', publishingStatus: 'testing', testUsers: ['a@b'], organization: 'x' }),
    damaged({ email: 'a@b', sub: '7', name: 'A B', hostedDomain: 'x' }),
    damaged({ type: 'web', clientId: '7-x', clientSecret: 's', redirectUris: ['http://localhost/'] }),
    damaged({ count: 2, bytes: 3, account: 'ada@example.com' }),
    damaged({ advance: '1s' }),
    damaged({ web: { client_id: '7-y', client_secret: 's' } }),
  )
  property(
    'any order of a test',
    fc.tuple(actions, bytesOf(orders.map((value) => JSON.stringify(value)))),
    async ([[method = '', name = ''], body]) => {
      await expectAnswer({
        method,
        path: `/emulator/v1/${name}`,
        headers: { 'content-type': 'application/json' },
        body,
      })
    },
    counts,
  )

  const buttons = fc.constantFrom(
    'clock',
    'codes',
    'keys/rotate',
    'faults',
    'faults/disarm',
    'grants/revoke',
    'tokens/end',
    'x',
  )
  const fields = queries({
    advance: ['1h', '7d'],
    retire: ['true', 'false'],
    fault: ['certs no-keys', 'token'],
    times: ['1', '0', '-1'],
    after: ['1', '', 'x'],
    account: ['ada@example.com'],
    clientId: ['100000000001-web.apps.googleusercontent.com'],
    platform: ['android', 'web-popup'],
    scope: ['openid', 'email'],
    scopes: ['profile'],
    project: ['7'],
    token: ['sha256:0'],
  })
  property(
    'any press of a button',
    fc.tuple(buttons, fields, fc.boolean()),
    async ([button, body, fromThePage]) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const origin = fromThePage ? { origin: google.issuer } : {}
      await expectAnswer({ method: 'POST', path: `/emulator/page/${button}`, headers: { ...type, ...origin }, body })
    },
    // A new key takes a while, and one in seven presses creates one.
    { portion: 30, whole: runs },
  )

  const search = queries({ on: ['token', 'drive'], fault: ['expired', 'id-token 503'], done: ['clock', 'codes'] })
  property(
    'any search on the page',
    search,
    async (query) => {
      expect(await expectAnswer({ path: `/?${query}` })).toBe(200)
    },
    counts,
  )

  const requestLine = fc.oneof(
    fc.constantFrom(
      'GET /oauth2/v3/certs HTTP/1.1',
      'POST /token HTTP/1.1',
      'POST /emulator/v1/accounts HTTP/1.1',
      'PATCH /drive/v3/files/%ff?%&&=%00 HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'GET http://[ HTTP/1.0',
      'CONNECT a:1 HTTP/1.1',
      'GET / HTTP/9.9',
    ),
    roughText,
  )
  const wireHeader = fc.oneof(
    fc.constantFrom(
      'content-length: 3',
      'content-length: -1',
      'content-length: 99999999999999999999',
      'transfer-encoding: chunked',
      'transfer-encoding: x, chunked',
      'content-type: application/json',
      'connection: close',
      'connection: upgrade',
      'upgrade: h2c',
      'expect: 100-continue',
      'host: ',
      ' folded',
      `x: ${'y'.repeat(9000)}`,
      'x: y\r\n'.repeat(300),
    ),
    roughText,
  )
  const wireBody = fc.oneof(
    fc.constantFrom(
      '',
      'abc',
      '3\r\nabc\r\n0\r\n\r\n',
      'FFFFFFFFFFFFFFFF\r\n',
      '1;x=y\r\na\r\n',
      '0\r\n',
      '{"__proto__":{"a":1}}',
    ),
    roughText,
  )
  const wireRequest = fc
    .tuple(requestLine, fc.array(wireHeader, { maxLength: 4 }), wireBody)
    .map(([line, headers, body]) => `${[line, 'host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n${body}`)
  property(
    'any bytes on a connection, whole or in pieces, and the next connection',
    fc.array(bytesOf(wireRequest), { minLength: 1, maxLength: 4 }),
    async (pieces) => {
      const conversation = await converse(Number(new URL(google.issuer).port), pieces, { thenStop: true })
      expect(conversation.end).toBe('closed')
      expect(conversation.received).not.toContain('The emulator failed')
      expect(statusesOf(conversation)).not.toContain(500)
      expect(await expectAnswer({ path: '/oauth2/v3/certs' })).toBe(200)
    },
    { portion: 60, whole: runs },
  )

  test('a valid request after all that', async () => {
    // Some of the requests were valid, and an app may belong to an organization by now.
    google.reset()
    expect((await exchange(google, await google.createCode())).status).toBe(200)
  })
})
