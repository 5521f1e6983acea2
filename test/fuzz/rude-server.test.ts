import { type AddressInfo, createServer, type Server } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { flowLines } from '../../src/flows/flow-lines.ts'
import { createHttp } from '../../src/http/request.ts'
import { property, roughText, valueOrFailure } from './property.ts'
import { runs } from './scale.ts'

// A server that sends arbitrary bytes and hangs up. The transport turns them into a response or a network failure.

let server: Server
let url: URL
let bytes = Buffer.alloc(0)
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`)
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
})

const line = roughText.map((text) => text.replace(/[\r\n]/g, ''))
const statusLines = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.1 307 Moved',
      'HTTP/1.0 200 OK',
      'HTTP/1.1 503 Busy',
      'HTTP/1.1 204 None',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 100 Continue',
      'HTTP/1.1 101 Switching',
      'HTTP/1.1 103 Hints',
      'HTTP/1.1 000 x',
      'HTTP/1.1 999 x',
      'HTTP/9.9 200 OK',
      'SSH-2.0-x',
    ),
  },
  { weight: 1, arbitrary: line },
)
const header = fc.oneof(
  fc.constantFrom(
    'content-length: 5',
    'content-length: 0',
    'content-length: 99999999999',
    'content-length: -1',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip',
    'content-encoding: gzip',
    'content-type: application/json',
    'location: http://[',
    'location: //evil.example/?code=4/0A#x',
    'connection: upgrade',
    'upgrade: x',
    'retry-after: never',
    'set-cookie: a=b',
  ),
  fc
    .tuple(fc.constantFrom('content-type', 'content-length', 'location', 'date'), line)
    .map(([name, value]) => `${name}: ${value}`),
  line,
)
const bodies = fc.oneof(
  fc.constantFrom('', '{}', '{"error":"x"}', '5\r\n{"a":\r\n', '2\r\n{}\r\n0\r\n\r\n', 'zz\r\n'),
  roughText,
)
const answers = fc
  .tuple(statusLines, fc.array(header, { maxLength: 4 }), bodies)
  .map(([status, headers, body]) => Buffer.from(`${[status, ...headers].join('\r\n')}\r\n\r\n${body}`))

describe('a response of arbitrary bytes', () => {
  const secret = '4/0AcodeCodeCodeCode'
  property(
    'is a response or a network failure, immediately',
    answers,
    async (answer) => {
      bytes = answer
      const lines: string[] = []
      const http = createHttp({
        userAgent: 'test',
        signal: new AbortController().signal,
        trace: (event) => lines.push(...flowLines(event), JSON.stringify(event)),
      })
      // Longer than the time after which a property considers one input a hang.
      const request = { method: 'POST', url, timeoutMs: 60_000, form: { code: new Secret(secret) } } as const
      const response = await valueOrFailure(async () => http.send(request), [secret])
      if (response !== undefined) expect(response.body.length).toBeLessThan(1_000_000)
      const streamed = await valueOrFailure(async () => http.open(request), [secret])
      if (streamed !== undefined)
        await valueOrFailure(async () => {
          for await (const _ of streamed.body);
        }, [secret])
      expect(lines.join('')).not.toContain(secret)
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    },
    { portion: 200, whole: runs },
  )
})
