import { Exit, type Failure, type FailureCode } from '../failures/index.ts'

/** An answer to an app. It never holds a secret. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON; undefined sends no body. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/** The statuses of refusals that a plain 400 would say too little of. */
const statuses: Partial<Record<FailureCode, number>> = {
  request_path_unknown: 404,
  request_method_refused: 405,
  request_host_foreign: 403,
  request_origin_foreign: 403,
  request_header_missing: 403,
  pairing_token_refused: 403,
  request_user_foreign: 403,
  account_unexpected: 403,
  request_too_slow: 408,
  request_type_refused: 415,
  request_too_long: 413,
  // The client is this backend's own: the app can do nothing about it.
  client_refused: 500,
}

/**
 * The answer for a failure: 4xx where the app can do better, 502 where Google could not be reached, 5xx for this side.
 */
export function failureAnswer(failure: Failure): Answer {
  const { code, causeText, fix, codeState } = failure
  const status = statuses[code] ?? statusOfExit(failure)
  return {
    status,
    headers: { ...(status === 405 ? { allow: 'POST' } : {}), ...(status === 503 ? { 'retry-after': '5' } : {}) },
    body: {
      error: { code, message: causeText, cause: causeText, fix, ...(codeState === undefined ? {} : { codeState }) },
    },
  }
}

function statusOfExit({ exitCode }: Failure): number {
  if (exitCode === Exit.Network) return 502
  if (exitCode === Exit.Interrupted) return 503
  return exitCode === Exit.Store || exitCode === Exit.Bug ? 500 : 400
}

/** Lets the page of this origin read an answer (Fetch standard, CORS protocol). */
export function readableBy(origin: string | undefined): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' }
}

/** The answer to the question of a browser whether a page may send a code. */
export const preflightAnswer: Answer = {
  status: 204,
  headers: {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type, x-requested-with, x-pairing-token',
    'access-control-allow-private-network': 'true',
  },
  body: undefined,
}
