import { Exit, type Failure, type FailureCode } from '../failures/index.ts'

/** A response to an app. It never contains a secret. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The JSON body; undefined for none. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/** The failures with a more specific status than 400. */
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
  // The client belongs to this backend: the app cannot fix it.
  client_refused: 500,
}

/**
 * Returns the response for a failure: 4xx if the app can fix it, 502 if Google was unreachable, else 5xx.
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

/** Returns the headers that let a page of this origin read the response (Fetch standard, CORS protocol). */
export function readableBy(origin: string | undefined): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' }
}

/** The response to a CORS preflight request. */
export const preflightAnswer: Answer = {
  status: 204,
  headers: {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type, x-requested-with, x-pairing-token',
    'access-control-allow-private-network': 'true',
  },
  body: undefined,
}
