import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { readAccessToken } from '../../src/accounts/cached-access-token.ts'
import { parseCredential } from '../../src/accounts/credential.ts'
import { parseJsonObject } from '../../src/core/json.ts'
import { safeJson, safeText } from '../../src/core/safe-to-print.ts'
import { Secret } from '../../src/core/secret.ts'
import { allowedUrl } from '../../src/http/url-rule.ts'
import { parseClientSecrets } from '../../src/oauth/client.ts'
import { parsePastedCode } from '../../src/oauth/pasted-code.ts'
import { parsePastedResponse } from '../../src/oauth/pasted-response.ts'
import { hasDuplicateMembers } from '../../src/core/duplicate-members.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'
import { bytesOf, damaged, jsonWith, property, roughText, valueOrFailure } from './property.ts'

const code = fc.stringMatching(/^4\/0A[A-Za-z0-9_-]{20,80}$/)
// As long as those of Google: a shorter or longer one, broken by a line, may be truncated or joined wrongly.
const wholeCode = fc.stringMatching(/^4\/0A[A-Za-z0-9_-]{69}$/)
const planted = fc.stringMatching(/^(?:ya29\.|1\/\/0|GOCSPX-)[A-Za-z0-9_-]{24}$/)

/** Returns the part of a secret that must not be shown: enough to recognize it. */
const heartOf = (secret: string): string => secret.slice(7, 19)

describe('a pasted code', () => {
  const names = [
    'code',
    'serverAuthCode',
    'authCode',
    'error',
    'error_description',
    'state',
    'access_token',
    'scope',
    'id_token',
  ]
  const parameters = fc
    .array(fc.tuple(fc.constantFrom(...names), fc.oneof(code, planted, roughText)), { maxLength: 5 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
  const addresses = fc.tuple(
    fc.constantFrom('https://a.example/cb', 'http://127.0.0.1:9/', 'com.app:/oauth2', 'http://', '//'),
    fc.constantFrom('?', '#', '?#', ''),
    parameters,
  )
  const pastes = fc.oneof(
    roughText,
    code,
    parameters,
    addresses.map((parts) => parts.join('')),
    jsonWith(names).map((value) => JSON.stringify(value)),
  )

  property('is found, or gsa says what is wrong', pastes, async (paste) => {
    const found = await valueOrFailure(() => parsePastedCode(paste))
    if (found !== undefined) expect(found.code.reveal()).toMatch(/^[\x21-\x24\x26-\x7e]{1,2048}$/)
  })

  // The server's `error` is shown; servers put no token there.
  const silent = addresses.filter((parts) => !parts.join('').includes('error'))
  property(
    'is never confused with a token, which is not shown either',
    fc.tuple(silent, planted),
    async ([parts, token]) => {
      const pasted = [
        `${parts.join('')}&access_token=${token}`,
        `?token=${token}&state=x`,
        `{"refresh_token":"${token}"}`,
      ]
      for (const paste of [...pasted, `?${token}=&state=x`, token])
        await valueOrFailure(() => parsePastedCode(paste), [heartOf(token)])
    },
  )

  const wrappings: ((text: string) => string)[] = [
    (text) => `"${text}"`,
    (text) => ` ${text}\n`,
    (text) => encodeURIComponent(text),
    (text) => encodeURIComponent(encodeURIComponent(text)),
    (text) => `http://localhost:8080/cb?state=x&code=${encodeURIComponent(text)}&scope=openid`,
    (text) => `code=${encodeURIComponent(text)}&authuser=0`,
    (text) => JSON.stringify({ serverAuthCode: text }),
    (text) => `<QueryDict: {'code': ['${text}'], 'state': ['x']}>`,
    (text) => `map[code:[${text}] state:[x]]`,
    (text) => `curl "http://localhost:8080/cb?code=${text}&scope=openid"`,
  ]
  property('is found in every wrapping', fc.tuple(code, fc.constantFrom(...wrappings)), ([text, wrap]) => {
    expect(parsePastedCode(wrap(text)).code.reveal()).toBe(text)
  })

  property(
    'is found whole, or refused, where a line break divides it',
    fc.tuple(wholeCode, fc.nat(80), fc.constantFrom('\n', '\r\n', '\n   ')),
    async ([text, at, lineBreak]) => {
      const found = await valueOrFailure(() => parsePastedCode(`${text.slice(0, at)}${lineBreak}${text.slice(at)}`))
      expect(found?.code.reveal() ?? text).toBe(text)
    },
  )
})

describe('a code of a redirect', () => {
  const fields = fc.subarray(['state', 'authuser', 'prompt', 'hd', 'iss'], { minLength: 1 })
  const dumps: ((pairs: readonly (readonly [string, string])[]) => string)[] = [
    (pairs) => `{${pairs.map(([name, value]) => `"${name}"=>"${value}"`).join(', ')}}`,
    (pairs) => `{${pairs.map(([name, value]) => `'${name}': ['${value}']`).join(', ')}}`,
    (pairs) => `map[${pairs.map(([name, value]) => `${name}:[${value}]`).join(' ')}]`,
    (pairs) => `Array\n(\n${pairs.map(([name, value]) => `    [${name}] => ${value}\n`).join('')})`,
    (pairs) => `{${pairs.map(([name, value]) => `${name}=${value}`).join(', ')}}`,
    (pairs) => pairs.map(([name, value]) => `[${name}, ${value}]`).join('\n'),
    (pairs) => `GET /cb?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')} HTTP/1.1`,
  ]
  property(
    'is never treated as a phone code, in any order',
    fc.tuple(code, fields, fc.nat(5), fc.constantFrom(...dumps)),
    ([text, names, at, dump]) => {
      const pairs = names.map((name) => [name, 'x1'] as const)
      const found = parsePastedCode(dump([...pairs.slice(0, at), ['code', text], ...pairs.slice(at)]))
      expect([found.code.reveal(), found.origin]).toEqual([text, 'web'])
      expect(found.allows).not.toContain('android')
    },
  )
})

describe('a pasted address', () => {
  const request = {
    redirectUri: 'http://127.0.0.1:50000/path',
    state: 'S'.repeat(43),
    issuer: 'https://accounts.google.com',
  }
  const addresses = fc.constantFrom(
    request.redirectUri,
    'http://127.0.0.1:50000/',
    'https://accounts.google.com/',
    '127.0.0.1:',
    '',
  )
  const names = fc.constantFrom('code', 'state', 'error', 'iss', 'scope', 'code_challenge')
  const values = fc.oneof(code, roughText, fc.constantFrom(request.state, request.issuer, 'S'))
  const parameters = fc.array(fc.tuple(names, values), { maxLength: 5 })
  const pastes = fc.oneof(
    roughText,
    fc
      .tuple(addresses, parameters, fc.boolean())
      .map(
        ([address, pairs, isOurs]) =>
          `${address}?${new URLSearchParams(isOurs ? [...pairs, ['state', request.state]] : pairs).toString()}`,
      ),
  )

  property('yields a code only with our state, at our redirect URI, from our issuer', pastes, async (paste) => {
    const response = await valueOrFailure(() => parsePastedResponse(paste, request))
    if (response === undefined || !('code' in response)) return
    const { origin, pathname, searchParams } = new URL(paste)
    expect(`${origin}${pathname}`).toBe(request.redirectUri)
    expect(searchParams.getAll('state')).toEqual([request.state])
    expect(searchParams.getAll('code')).toEqual([response.code.reveal()])
    expect([[], [request.issuer]]).toContainEqual(searchParams.getAll('iss'))
  })

  const breaks = fc.constantFrom('\n', '\r\n', ' \n  ', ' ')
  property('is accepted wherever it was broken', fc.tuple(wholeCode, fc.nat(120), breaks), ([text, at, lineBreak]) => {
    const query = new URLSearchParams({ state: request.state, code: text }).toString()
    const paste = `${request.redirectUri}?${query}`
    const response = parsePastedResponse(`${paste.slice(0, at)}${lineBreak}${paste.slice(at)}`, request)
    expect('code' in response && response.code.reveal()).toBe(text)
  })
})

describe('a client secrets file', () => {
  const client = {
    client_id: '1-a.apps.googleusercontent.com',
    client_secret: 'GOCSPX-abcdefghijklmnop',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    redirect_uris: ['http://localhost'],
  }
  const documents = fc.oneof(
    damaged(client).map((web) => ({ web })),
    damaged(client).map((installed) => ({ installed })),
    jsonWith(['web', 'installed', 'type', 'private_key', 'project_info', 'refresh_token']),
  )
  const files = bytesOf(documents.map((document) => JSON.stringify(document)))

  property(
    'is read or refused, and its secret is not shown',
    fc.tuple(files, fc.boolean()),
    async ([bytes, chosen]) => {
      const read = await valueOrFailure(() => parseClientSecrets(bytes, 'f.json', chosen), ['GOCSPX-abc'])
      if (read === undefined) return
      expect(read.clientId).toMatch(/^[\x21-\x7e]{1,255}$/)
      expect(read.clientSecret.reveal()).toMatch(/^[\x20-\x7e]{1,255}$/)
      expect(['web', 'installed']).toContain(read.type)
      expect(read.redirectUris.every((uri) => typeof uri === 'string')).toBe(true)
    },
  )
})

describe('a value that a store returns', () => {
  const key = { issuer: 'https://accounts.google.com', clientId: 'c', sub: '1' }
  const good = {
    v: 1,
    type: 'web',
    client_secret: 'GOCSPX-abcdefghijklmnop',
    email: 'a@b',
    refresh_token: '1//0abcdefghijkl',
  }
  const texts = fc.oneof(
    damaged(good).map((object) => JSON.stringify(object)),
    roughText,
  )

  property('is a credential or a failure that shows none of it', texts, async (text) => {
    const secrets = ['GOCSPX-abc', '1//0abc']
    const read = await valueOrFailure(() => parseCredential(key, new Secret(text), [], 'memory'), secrets)
    if (read !== undefined) expect(JSON.stringify(read)).not.toMatch(/GOCSPX-abc|1\/\/0abc/)
  })

  const cached = {
    v: 1,
    access_token: 'ya29.abc',
    issued_at: '2026-01-01T00:00:00Z',
    expires_at: '2026-01-01T01:00:00Z',
  }
  const items = fc.oneof(
    damaged(cached).map((object) => JSON.stringify(object)),
    damaged({ v: 1, cached }).map((object) => JSON.stringify(object)),
    damaged(cached).map((object) => JSON.stringify({ v: 1, cached: object })),
    roughText,
  )
  for (const holdsLongItems of [true, false])
    property(
      `is a cached access token or nothing, ${holdsLongItems ? 'with its credential' : 'on its own'}`,
      items,
      async (text) => {
        const get = (): Promise<Secret> => Promise.resolve(new Secret(text))
        const read = await readAccessToken({ ...memoryStore(new Map()), holdsLongItems, get }, key)
        if (read !== undefined) expect([typeof read.issuedAt, typeof read.value.reveal()]).toEqual(['string', 'string'])
      },
    )
})

describe('JSON', () => {
  property('of arbitrary bytes is an object or nothing', bytesOf(fc.json()), (bytes) => {
    const object = parseJsonObject(bytes)
    if (object !== undefined) expect(Array.isArray(object)).toBe(false)
  })

  property('that a program wrote has no duplicate member', fc.jsonValue(), (value) => {
    expect(hasDuplicateMembers(JSON.stringify(value, null, 1))).toBe(false)
  })

  const escaped = (name: string): string =>
    `"${Array.from({ length: name.length }, (_, at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
  const objects = fc.tuple(
    fc.string(),
    fc.jsonValue(),
    fc.jsonValue(),
    fc.array(fc.constantFrom('a', 'o'), { maxLength: 4 }),
  )
  property(
    'with a duplicate member is detected, however deep and however spelt',
    objects,
    ([name, one, two, wrapping]) => {
      let text = `{${JSON.stringify(name)}:${JSON.stringify(one)},"${name.length}x":[{}],${escaped(name)}:${JSON.stringify(two)}}`
      for (const kind of wrapping) text = kind === 'a' ? `[1,${text}]` : `{"w":${text}}`
      JSON.parse(text)
      expect(hasDuplicateMembers(text)).toBe(true)
    },
  )
})

describe('text from elsewhere', () => {
  property('is safe for a terminal', roughText, (text) => {
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(safeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/)
  })

  property('keeps its value in JSON', fc.jsonValue(), (value) => {
    expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
  })
})

describe('a URL that may receive a secret', () => {
  const hosts = fc.constantFrom(
    '127.0.0.1',
    '[::1]',
    'localhost',
    '127.0.0.1.evil.example',
    '127.1',
    '0177.0.0.1',
    '2130706433',
    '[::ffff:127.0.0.1]',
    'a.example',
  )
  const urls = fc.tuple(
    fc.constantFrom('http:', 'https:', 'HTTP:', 'ftp:', 'javascript:', ''),
    fc.constantFrom('//', '/', '\\\\', ''),
    fc.constantFrom('', 'a@', 'a:b@'),
    hosts,
    roughText,
  )
  property(
    'is https, or leads to this machine',
    fc.oneof(
      urls.map((parts) => parts.join('')),
      roughText,
    ),
    async (text) => {
      const url = await valueOrFailure(() => allowedUrl('it', text))
      if (url === undefined) return
      expect(url.username + url.password).toBe('')
      if (url.protocol !== 'https:')
        expect(`${url.protocol}${url.hostname}`).toMatch(/^http:(?:127\.\d+\.\d+\.\d+|\[::1\])$/)
    },
  )
})
