import http, { Agent, type RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createHttp, type HttpRequest } from '../../src/http/request.ts'
import { serving } from './serving.ts'

const newHttp = (): ReturnType<typeof createHttp> =>
  createHttp({ userAgent: 'test', signal: new AbortController().signal })

const send = async (request: HttpRequest): Promise<string> => (await newHttp().send(request)).body.toString()

/** Answers with the number of the connection. */
function sayingWhich(): RequestListener {
  const numbers = new Map<object, number>()
  return (request, response) => {
    const number = numbers.get(request.socket) ?? numbers.size + 1
    numbers.set(request.socket, number)
    request.resume().on('end', () => response.end(String(number)))
  }
}

describe('requests to one server', () => {
  test('share a connection when sequential, whatever they contain and whichever code sends them', async () => {
    await serving(sayingWhich(), async (url) => {
      const form = { grant_type: 'refresh_token' }
      const came = [
        await send({ method: 'GET', url }),
        await send({ method: 'POST', url, form }),
        await send({ method: 'PUT', url, body: Buffer.alloc(100_000) }),
        await send({ method: 'DELETE', url }),
      ]
      const stream = await newHttp().open({ method: 'GET', url })
      for await (const piece of stream.body) came.push(piece.toString())
      stream.discard()
      came.push(await send({ method: 'GET', url }))
      expect(came).toEqual(['1', '1', '1', '1', '1', '1'])
    })
  })

  test('get their own connections when sent at the same time', async () => {
    await serving(sayingWhich(), async (url) => {
      const came = await Promise.all([send({ method: 'GET', url }), send({ method: 'GET', url })])
      expect(came.toSorted()).toEqual(['1', '2'])
    })
  })

  test('that must not be sent twice have their own connection, and leave none behind', async () => {
    await serving(sayingWhich(), async (url) => {
      expect(await send({ method: 'GET', url })).toBe('1')
      expect(await send({ method: 'POST', url, ownConnection: true })).toBe('2')
      expect(await send({ method: 'POST', url, ownConnection: true })).toBe('3')
      expect(await send({ method: 'GET', url })).toBe('1')
    })
  })

  test("do not use agents that another module installed in place of Node's", async () => {
    const before = http.globalAgent
    http.globalAgent = new (class extends Agent {
      override createConnection(): never {
        throw new Error('the agent of somebody else')
      }
    })()
    try {
      await serving(sayingWhich(), async (url) => expect(await send({ method: 'GET', url })).toBe('1'))
    } finally {
      http.globalAgent = before
    }
  })
})

describe('a server that closes an idle connection just as the next request is sent', () => {
  /** Returns a server whose connections answer one request each; another one is read, and never answered. */
  const rude = (paths: string[]): RequestListener => {
    const used = new Set<object>()
    return (request, response) => {
      paths.push(request.url ?? '')
      if (used.has(request.socket)) request.socket.resetAndDestroy()
      else response.end()
      used.add(request.socket)
    }
  }

  test('does not break a request that is safe to resend', async () => {
    const paths: string[] = []
    await serving(rude(paths), async (url) => {
      await send({ method: 'GET', url })
      await send({ method: 'GET', url: new URL('/again', url), retries: 1 })
    })
    expect(paths).toEqual(['/', '/again', '/again'])
  })

  test('cannot leave it uncertain whether a code was read: a code has its own connection', async () => {
    const paths: string[] = []
    await serving(rude(paths), async (url) => {
      await send({ method: 'GET', url })
      await send({ method: 'POST', url: new URL('/token', url), ownConnection: true })
    })
    expect(paths).toEqual(['/', '/token'])
  })
})
