import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { judgeAuthorizationResponse } from '../../src/oauth/authorization-response.ts'
import { listenForRedirect, type RedirectListener } from '../../src/oauth/redirect-listener.ts'
import { type Conversation, converse, getRequest, statusesOf } from '../support/raw-socket.ts'
import { property, roughText, valueOrFailure } from './property.ts'
import { manyInputs, runs } from './scale.ts'

// The login listener over real connections. A local attacker can open them, guess paths and send anything; only the
// state cannot be guessed.

const state = 'S'.repeat(43)
const issuer = 'https://accounts.google.com'
const page = { status: 200, title: 'Done', message: 'Done.' }

interface Place {
  readonly listener: RedirectListener
  readonly port: number
  readonly host: string
  readonly path: string
}

async function listening<T>(use: (place: Place) => Promise<T>, timeoutMs = 60_000): Promise<T> {
  const listener = await listenForRedirect({
    client: { type: 'installed', clientId: 'c', clientSecret: new Secret('s'), redirectUris: [] },
    port: 0,
    state,
    issuer,
    needsIssuer: false,
    timeoutMs,
    signal: new AbortController().signal,
    onIgnored: () => undefined,
  } as Parameters<typeof listenForRedirect>[0])
  const { port, host, pathname } = new URL(listener.redirectUri)
  // An error thrown by a handler would end the program; here it only goes into a list.
  const thrown: Error[] = []
  const onThrown = (error: Error): number => thrown.push(error)
  process.on('uncaughtExceptionMonitor', onThrown)
  try {
    const result = await use({ listener, port: Number(port), host, path: pathname })
    expect(thrown).toEqual([])
    return result
  } finally {
    process.off('uncaughtExceptionMonitor', onThrown)
    await listener.close()
  }
}

/** Returns whether the listener still accepts the right response and shows its page. */
async function expectAlive({ listener, port, host, path }: Place): Promise<void> {
  const asked = converse(port, [getRequest(`${path}?state=${state}&code=4/0Aright`, host)])
  const response = await listener.response()
  expect('code' in response && response.code.reveal()).toBe('4/0Aright')
  await listener.answer(page)
  expect(statusesOf(await asked)).toEqual([200])
}

// Node sends 100 before the response to a client that expects it.
const answersToStrangers = [100, 400, 403, 404, 405, 408, 413, 414, 417, 431, 501]

/** Expects that a client without the state gets no page or redirect, and cannot end the login. */
function expectTurnedAway(conversation: Conversation): void {
  for (const status of statusesOf(conversation)) expect(answersToStrangers).toContain(status)
  expect(conversation.received).not.toMatch(/^location:/im)
  expect(conversation.received).not.toContain(state)
  expect(conversation.end).not.toBe('refused')
}

describe('the login listener', () => {
  const methods = fc.constantFrom(
    'GET',
    'GET',
    'GET',
    'POST',
    'HEAD',
    'OPTIONS',
    'CONNECT',
    'PUT',
    'TRACE',
    'BREW',
    'get',
    '',
  )
  const versions = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', '')
  const line = roughText.map((text) => text.replace(/[\r\n]/g, ''))
  const targets = fc.oneof(
    line,
    line.map((query) => `PATH?${query}`),
    line.map((query) => `PATH?state=other&${query}`),
    fc.constantFrom(
      '/',
      '//',
      '///',
      '//[',
      'http://[',
      'http://',
      'http:///x',
      '*',
      '?',
      '#',
      'PATH/',
      '/%00',
      '/\\',
      '//a:b',
      'http://HOST@PATH',
      'http://HOSTPATH?state=x',
      'a:b',
      '[',
      '//%',
      '/..PATH',
      'PATH#?state=x',
    ),
  )
  const hosts = fc.constantFrom(
    'HOST',
    'HOST',
    'HOST',
    'localhost:1',
    'evil.example',
    '',
    'HOST\r\nhost: evil.example',
    '[::1]',
    '127.0.0.1',
  )
  const headers = fc.array(
    fc.oneof(
      fc
        .tuple(
          fc.constantFrom(
            'content-length',
            'transfer-encoding',
            'expect',
            'upgrade',
            'connection',
            'host',
            'cookie',
            'origin',
          ),
          fc.oneof(
            line,
            fc.constantFrom('0', '5', 'chunked', '100-continue', 'websocket', 'upgrade', 'close', 'keep-alive'),
          ),
        )
        .map(([name, value]) => `${name}: ${value}\r\n`),
      line.map((text) => `${text}\r\n`),
    ),
    { maxLength: 3 },
  )
  const requests = fc
    .tuple(methods, targets, versions, hosts, headers, line)
    .map(
      ([method, target, version, host, more, body]) =>
        `${method} ${target} ${version}\r\nhost: ${host}\r\n${more.join('')}\r\n${body}`,
    )
  const batches = fc.array(fc.oneof({ weight: 9, arbitrary: requests }, { weight: 1, arbitrary: roughText }), {
    minLength: 1,
    maxLength: 8,
  })

  property(
    'refuses every client without the state, and then accepts the right response',
    batches,
    async (batch) => {
      await listening(async (place) => {
        const filled = batch.map((text) => text.replaceAll('PATH', place.path).replaceAll('HOST', place.host))
        const talks = filled.map(async (text) =>
          converse(place.port, [Buffer.from(text), '\r\n\r\n'], { silenceMs: 40 }),
        )
        for (const conversation of await Promise.all(talks)) expectTurnedAway(conversation)
        await expectAlive(place)
      })
    },
    { portion: 40, whole: manyInputs },
  )

  const names = fc.oneof(
    fc.constantFrom('code', 'error', 'error_description', 'iss', 'scope', 'state', 'STATE', 'code[]', 'authuser'),
    fc.string(),
  )
  const values = fc.oneof(roughText, fc.constantFrom(issuer, 'access_denied', '4/0Acode', state))
  const pairs = fc.array(fc.tuple(names, values), { maxLength: 6 })
  const parameters = pairs.map((own) => new URLSearchParams([...own, ['state', state]]))
  const anyParameters = fc.oneof(
    parameters,
    pairs.map((own) => new URLSearchParams(own)),
  )
  property('classifies any parameters: another login’s, a code, an error, or a failure', anyParameters, (query) => {
    const verdict = judgeAuthorizationResponse(query, { state, issuer })
    if ('code' in verdict) {
      expect([query.getAll('state'), query.getAll('code')]).toEqual([[state], [verdict.code.reveal()]])
      expect([[], [issuer]]).toContainEqual(query.getAll('iss'))
    }
    if ('failure' in verdict) expect(verdict.failure.exitCode).toBe(6)
    if ('ignored' in verdict) expect(query.getAll('state')).not.toContain(state)
  })
  property(
    'does so over a connection, too',
    parameters,
    async (query) => {
      await listening(async ({ listener, port, host, path }) => {
        const asked = converse(port, [getRequest(`${path}?${query.toString()}`, host)])
        const response = await valueOrFailure(async () => listener.response())
        if (response !== undefined && 'code' in response) {
          expect(query.getAll('code')).toEqual([response.code.reveal()])
          expect([[], [issuer]]).toContainEqual(query.getAll('iss'))
        }
        await listener.answer(page)
        expect(statusesOf(await asked)).toEqual([200])
      })
    },
    { portion: 60, whole: runs },
  )
})

describe('a connection that', () => {
  const wrongs: readonly (readonly [
    string,
    (place: Place) => readonly string[],
    { pauseMs?: number; silenceMs?: number; thenHangUp?: boolean }?,
  ])[] = [
    ['requests two slashes', ({ host }) => [getRequest('//', host)]],
    ['requests an invalid address', ({ host }) => [getRequest('http://[', host)]],
    ['speaks HTTP/1.0', ({ path, host }) => [`GET ${path}?state=x HTTP/1.0\r\nhost: ${host}\r\n\r\n`]],
    ['speaks HTTP/1.0 without a host', ({ path }) => [`GET ${path}?state=${state}&code=x HTTP/1.0\r\n\r\n`]],
    ['names two hosts', ({ path, host }) => [getRequest(path, host, `host: evil.example\r\n`)]],
    ['names no host', ({ path }) => [`GET ${path} HTTP/1.1\r\n\r\n`]],
    ['does not speak HTTP', () => ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000']],
    [
      'sends a body with a length and in chunks',
      ({ path, host }) => [
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
    ],
    [
      'requests an upgrade',
      ({ path, host }) => [getRequest(path, host, 'connection: upgrade\r\nupgrade: websocket\r\n')],
    ],
    ['requests a tunnel', ({ host }) => [`CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`]],
    ['has a query of 64 KB', ({ path, host }) => [getRequest(`${path}?state=x&code=${'x'.repeat(65_536)}`, host)]],
    ['has a header of 64 KB', ({ path, host }) => [getRequest(path, host, `cookie: ${'x'.repeat(65_536)}\r\n`)]],
    [
      'sends a request letter by letter',
      ({ path, host }) => getRequest(`${path}?state=x`, host).split(''),
      { pauseMs: 1 },
    ],
    ['stops halfway', ({ path }) => [`GET ${path}?state=x HTTP/1.1\r\nho`], { silenceMs: 100 }],
    ['says nothing', () => [], { silenceMs: 100 }],
    ['hangs up immediately', () => [''], { thenHangUp: true }],
    ['hangs up halfway', ({ path }) => [`GET ${path}?st`], { thenHangUp: true }],
    ['sends five requests at the same time', ({ path, host }) => [getRequest(`${path}?state=x`, host).repeat(5)]],
  ]
  for (const [what, pieces, options] of wrongs) {
    test(`${what} is refused, and the right response is accepted afterwards`, async () => {
      await listening(async (place) => {
        const conversation = await converse(place.port, pieces(place), options)
        expectTurnedAway(conversation)
        expect(conversation.end).toBe(options?.silenceMs === undefined ? 'closed' : 'silent')
        await expectAlive(place)
      })
    })
  }

  test('stays open does not keep the login from finishing', async () => {
    await listening(async (place) => {
      const halfway = converse(place.port, [`GET ${place.path}?state=x HTTP/1.1\r\nho`], { silenceMs: 20_000 })
      const silent = Array.from({ length: 50 }, async () => converse(place.port, [], { silenceMs: 20_000 }))
      await expectAlive(place)
      for (const { end } of await Promise.all([halfway, ...silent])) expect(end).toBe('closed')
      expect((await converse(place.port, [getRequest(place.path, place.host)])).end).toBe('refused')
    })
  })

  test('brings the right response and is gone before the page does not delay the login', async () => {
    await listening(async ({ listener, port, host, path }) => {
      await converse(port, [getRequest(`${path}?state=${state}&code=x`, host)], { pauseMs: 50, thenHangUp: true })
      await listener.response()
      // Later requests are answered later: by then the listener knows that the client left.
      expectTurnedAway(await converse(port, [getRequest('/favicon.ico', host)]))
      expect(await endOf(listener.answer(page))).toBe('done')
    })
  })

  test('brings the right response after another request does not delay the login', async () => {
    await listening(async ({ listener, port, host, path }) => {
      const right = getRequest(`${path}?state=${state}&code=x`, host)
      const pipelined = converse(port, [getRequest('/favicon.ico', host) + right])
      // The server may answer either of the two; the login must finish.
      const answered = await Promise.race([listener.response(), pipelined])
      if ('received' in answered) expectTurnedAway(answered)
      expect(await endOf(listener.answer(page))).toBe('done')
      await pipelined
    })
  })

  test('brings the right response twice at the same time gets the page once for each, and nothing else', async () => {
    await listening(async ({ listener, port, host, path }) => {
      const right = getRequest(`${path}?state=${state}&code=x`, host)
      const pipelined = converse(port, [right + right])
      await listener.response()
      expect(await endOf(listener.answer(page))).toBe('done')
      for (const status of statusesOf(await pipelined)) expect(status).toBe(200)
    })
  })
})

async function endOf(promise: Promise<unknown>): Promise<string> {
  const soon = new Promise<string>((resolve) => setTimeout(() => resolve('it waits for ever'), 30_000).unref())
  return Promise.race([promise.then(() => 'done'), soon])
}
