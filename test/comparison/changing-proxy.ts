import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { send } from '../emulator/raw-http.ts'

/** A response on its way through the proxy. Mutable: a change of it is what a test wants the comparison to find. */
interface PassingResponse {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Changes a response to a request, such as `POST /token`. */
export type Change = (response: PassingResponse, request: string) => void

/** A server in front of another one. */
export interface ChangingProxy {
  readonly url: string
  /** The requests that came by, each with the body of its response. */
  readonly passed: { readonly request: string; readonly sent: string; readonly received: string }[]
  /** The headers of these requests. */
  readonly headers: IncomingHttpHeaders[]
  close(): Promise<void>
}

/**
 * Starts a server that passes on every request, with its own address for that of the other, and changes responses. The
 * other server is called by the name of `host`.
 */
export async function changingProxy(
  origin: string,
  change: Change = () => undefined,
  host = new URL(origin).host,
): Promise<ChangingProxy> {
  const passed: ChangingProxy['passed'] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      const { method = 'GET', url = '/' } = request
      headers.push(request.headers)
      const asked = { ...request.headers, host }
      const answer = await send(`${origin}${url}`, { method, headers: asked, body })
      const passing: PassingResponse = {
        status: answer.status,
        headers: { ...withoutFraming(answer.headers) },
        body: answer.body.replaceAll(origin, own()),
      }
      const { location } = answer.headers
      if (location !== undefined) passing.headers['location'] = location.replaceAll(origin, own())
      change(passing, `${method} ${url.replace(/\?.*/, '')}`)
      passed.push({ request: `${method} ${url}`, sent: body.toString('latin1'), received: passing.body })
      const length = passing.body === '' && answer.headers['content-length'] === undefined ? {} : lengthOf(passing)
      const changed = Object.entries({ ...passing.headers, ...length }).filter(([, value]) => value !== undefined)
      response.writeHead(passing.status, Object.fromEntries(changed))
      response.end(passing.body)
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: own(),
    passed,
    headers,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function withoutFraming(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const framing = new Set(['transfer-encoding', 'content-length', 'connection'])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !framing.has(name)))
}

function lengthOf({ status, body }: PassingResponse): Record<string, string> {
  return status === 204 || status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) }
}
