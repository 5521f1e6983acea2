import type { ClientRequest } from 'node:http'
import { Failure } from '../failures/index.ts'
import type { HttpRequest } from './request.ts'

/** Limits one request: aborts it when its time is up or the run is interrupted, and describes what went wrong. */
export interface RequestLimits {
  /** Starts another wait. */
  restart(): void
  /** Suspends the time-out: gsa is not waiting for the server now. */
  rest(): void
  release(): void
  failure(error: unknown): Failure
}

const defaultTimeoutMs = 20_000

/** Starts to limit a request, which each of the signals aborts. */
export function limitRequest(
  outgoing: ClientRequest,
  request: HttpRequest,
  signals: readonly AbortSignal[],
): RequestLimits {
  const timeoutMs = request.timeoutMs ?? defaultTimeoutMs
  let reason: 'timed_out' | 'interrupted' | undefined
  const end = (why: typeof reason): void => {
    reason ??= why
    outgoing.destroy(new Error(why))
  }
  const onAbort = (): void => end('interrupted')
  let isReleased = false
  let isResting = false
  // Refreshed rather than recreated, because this happens for every piece of a transfer.
  const timer = setTimeout(() => {
    if (isResting) timer.refresh()
    else end('timed_out')
  }, timeoutMs)
  if (signals.some(({ aborted }) => aborted)) end('interrupted')
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
  const release = (): void => {
    isReleased = true
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
  return {
    release,
    rest: () => {
      isResting = true
    },
    restart: () => {
      // A piece was still in transit when the request ended: its timer would keep the process alive.
      if (isReleased) return
      isResting = false
      timer.refresh()
    },
    failure: (error) => {
      release()
      if (error instanceof Failure) return error
      if (reason === 'interrupted') return new Failure('interrupted', {})
      const { host } = request.url
      if (reason === 'timed_out') return new Failure('timed_out', { host, seconds: timeoutMs / 1000 })
      return connectionFailure(host, error)
    },
  }
}

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'the name server does not respond',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'it does not respond',
}

function connectionFailure(host: string, error: unknown): Failure {
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>
  if (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.includes('CERT') ||
    code.includes('SIGNATURE') ||
    code === 'EPROTO'
  )
    return new Failure('tls_failed', { host, problem: `${message.toLowerCase()} (${code})` }, { cause: error })
  if (code.startsWith('HPE_'))
    return new Failure('invalid_answer', { host, problem: `it is not HTTP (${code})` }, { cause: error })
  const problem = connectionProblems[code] ?? message
  return new Failure('unreachable', { host, problem: code === '' ? problem : `${problem} (${code})` }, { cause: error })
}
