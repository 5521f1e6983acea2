import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { Failure } from '../../src/failures/index.ts'
import { flowLines } from '../../src/flows/flow-lines.ts'
import { createHttp, type HttpRequest } from '../../src/http/request.ts'
import { failureOf } from '../support/failure-of.ts'
import { inFastTime } from '../support/fast-time.ts'
import { serving } from './serving.ts'

const http = createHttp({ userAgent: 'test', signal: new AbortController().signal })

const refused = async (request: HttpRequest): Promise<Failure> => failureOf(() => http.send(request))

describe('a request', () => {
  test('does not follow a redirect', async () => {
    const seen: (string | undefined)[] = []
    const answer: RequestListener = (request, response) => {
      seen.push(request.url)
      response.writeHead(307, { location: '/elsewhere' }).end()
    }
    const response = await serving(answer, (url) => http.send({ method: 'POST', url, form: { code: new Secret('s') } }))
    expect(response.status).toBe(307)
    expect(seen).toEqual(['/'])
  })

  test('sends an empty form value as an empty value', async () => {
    let body = ''
    await serving(
      (request, response) => {
        request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => response.end())
      },
      (url) => http.send({ method: 'POST', url, form: { redirect_uri: '', code: new Secret('4/a b') } }),
    )
    expect(body).toBe('redirect_uri=&code=4%2Fa+b')
  })

  test.each<[string, RequestListener, Partial<HttpRequest>, string]>([
    ['a body that is too long', (_, response) => response.end('x'.repeat(2000)), { maxBytes: 1000 }, 'invalid_answer'],
    [
      'a truncated body',
      (_, response) => response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy()),
      {},
      'unreachable',
    ],
    ['no response at all', () => undefined, { timeoutMs: 50 }, 'timed_out'],
    ['half a response', (_, response) => response.writeHead(200).write('x'), { timeoutMs: 50 }, 'timed_out'],
    ['a broken connection', (request) => request.socket.destroy(), {}, 'unreachable'],
    ['something that is not HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n'), {}, 'invalid_answer'],
  ])('that meets %s fails in the group network', async (_, answer, more, code) => {
    const failure = await serving(answer, (url) => refused({ method: 'GET', url, ...more }))
    expect(failure.code).toBe(code)
    expect(failure.exitCode).toBe(3)
  })

  test('says that nothing listens at a port', async () => {
    const gone = await serving(
      (_, response) => response.end(),
      async (url) => Promise.resolve(url),
    )
    const failure = await refused({ method: 'GET', url: gone })
    expect(failure.code).toBe('unreachable')
    expect(failure.message).toContain('refused')
  })

  test('is retried after 503 only as often as allowed', async () => {
    let count = 0
    const answer: RequestListener = (_, response) => {
      count++
      response.writeHead(count < 2 ? 503 : 200).end()
    }
    const [once, again] = await serving(answer, async (url) => [
      await http.send({ method: 'POST', url }),
      await http.send({ method: 'POST', url, retries: 1 }),
    ])
    expect([once?.status, again?.status, count]).toEqual([503, 200, 2])
  })

  test('stops when the run is interrupted', async () => {
    const interruption = new AbortController()
    const interrupted = createHttp({ userAgent: 'test', signal: interruption.signal })
    await serving(
      () => interruption.abort(),
      async (url) => {
        await expect(interrupted.send({ method: 'GET', url })).rejects.toMatchObject({ code: 'interrupted' })
      },
    )
  })

  test('is not given up while its response is not being read', async () => {
    let goOn = (): void => undefined
    const answer: RequestListener = (_, response) => {
      response.write('one')
      goOn = () => response.end('two')
    }
    const served = async (url: URL): Promise<void> => {
      const timeoutMs = 20_000
      const stream = await http.open({ method: 'GET', url, timeoutMs })
      const read: string[] = []
      for await (const chunk of stream.body) {
        read.push(chunk.toString())
        await new Promise((resolve) => setTimeout(resolve, 2 * timeoutMs))
        goOn()
      }
      expect(read.join('')).toBe('onetwo')
    }
    await inFastTime(async () => serving(answer, served))
  })

  test('that broke while sending its body leaves no timer, and so does not keep the process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    let ended: () => void = () => undefined
    const sending = new Promise<void>((resolve) => (ended = resolve))
    async function* pieces(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(1024 * 1024))
      } finally {
        ended()
      }
    }
    const cut: RequestListener = (request) => request.once('data', () => request.socket.resetAndDestroy())
    await serving(cut, async (url) => {
      const body = { length: 1024 * 1024 * 1024, pieces: pieces() }
      expect(await refused({ method: 'PUT', url, body })).toMatchObject({ code: 'unreachable' })
      await sending
    })
    // A timer of the test runner may have ended meanwhile.
    expect(timers()).toBeLessThanOrEqual(before)
  })

  test('shows no secret in its log', async () => {
    const lines: string[] = []
    const logged = createHttp({
      userAgent: 'test',
      signal: new AbortController().signal,
      trace: (event) => lines.push(...flowLines(event), JSON.stringify(event)),
    })
    await serving(
      (_, response) =>
        response
          .writeHead(400, { 'content-type': 'application/json', location: 'http://x/?code=4/sesame' })
          .end('{"error":"invalid_grant","access_token":"ya29.sesame"}'),
      (url) =>
        logged.send({
          method: 'POST',
          url,
          form: { code: new Secret('4/sesame'), grant_type: 'authorization_code' },
          headers: { authorization: new Secret('Bearer sesame') },
        }),
    )
    expect(lines.join('\n')).toContain('error: invalid_grant')
    expect(lines.join('\n')).toContain('grant_type=authorization_code')
    expect(lines.join('\n')).not.toContain('sesame')
  })

  test('shows only the non-secret parts of addresses, fields, headers and responses', async () => {
    const lines: string[] = []
    const logged = createHttp({
      userAgent: 'test',
      signal: new AbortController().signal,
      trace: (event) => lines.push(...flowLines(event), JSON.stringify(event)),
    })
    const parameters =
      'code token id_token access_token refresh_token client_secret code_verifier password key upload_id state nonce login_hint made_up access%5Ftoken Token'
        .split(' ')
        .map((name, at) => `${name}=sesame${at}`)
    await serving(
      (_, response) =>
        response
          .writeHead(200, {
            'content-type': 'application/json',
            'set-cookie': 'a=sesame',
            'x-made-up': 'sesame',
            location: 'http://x/?code=sesame#sesame',
          })
          .end('{"error":"e","made_up":"sesame","device_code":"sesame","nested":{"error":"sesame"},"id":"sesame"}'),
      (url) =>
        logged.send({
          method: 'POST',
          url: new URL(`?${parameters.join('&')}&alt=media&redirect_uri=http://h/?code=sesame`, url),
          form: { grant_type: 'password', made_up: 'sesame', assertion: 'sesame', code: 'sesame' },
          headers: { authorization: 'Bearer sesame', 'x-api-key': 'sesame' },
        }),
    )
    const log = lines.join('\n')
    expect(log).not.toContain('sesame')
    expect(log).toContain('made_up=[value, 8 characters]')
    expect(log).toContain('alt=media')
    expect(log).toContain('grant_type=password')
    expect(log).toContain('error: e')
  })
})
