import type { Call } from './reply.ts'

const header = 'x-http-method-override'
const drivePath = /^\/(?:resumable\/)?(?:upload\/)?drive\//

/**
 * Returns the method of a Drive request: a POST may name another one in `X-HTTP-Method-Override`, for clients that
 * cannot send PATCH or that send a long query as a form.
 */
export function methodOf({ method, path, headers }: Pick<Call, 'method' | 'path' | 'headers'>): string {
  const named = headers[header]
  const isOverride = method === 'POST' && drivePath.test(path) && /^(?:DELETE|GET|PATCH|PUT)$/.test(String(named))
  return isOverride ? String(named) : method
}

/** Returns a request with the method that it names. The form of a GET is the rest of its query. */
export function withMethodOf(call: Call): Call {
  const method = methodOf(call)
  if (method === call.method) return call
  if (method !== 'GET') return { ...call, method }
  const query = new URLSearchParams([...call.query, ...call.form])
  return { ...call, method, query, rawQuery: query.toString(), body: Buffer.alloc(0), form: new URLSearchParams() }
}
