import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import { parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { answeredAtMs } from '../http/answer-times.ts'
import type { Http, HttpRequest, HttpResponse } from '../http/request.ts'
import { type DpopKey, newProofState, type ProofState } from './dpop-key.ts'

/** The key whose possession a request proves, and the state for the proof. */
export interface Possession {
  readonly key: DpopKey
  readonly state: ProofState
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** Returns what a request with this key proves; undefined without a key. */
export function possessionOf(
  key: DpopKey | undefined,
  state: ProofState | undefined,
  now: () => number,
): Possession | undefined {
  return key === undefined ? undefined : { key, state: state ?? newProofState(), now }
}

// A server compares times in seconds, and a response takes a moment.
const toleratedMs = 5000
// A proxy must not collect proofs for later years. A clock in another time zone is within a day.
const mostBehindMs = 86_400_000

/** Returns the `jti` that binds a proof to an authorization code: Google asks for the code's SHA-256, base64url. */
export function jtiOfCode(code: Secret): string {
  return createHash('sha256').update(code.reveal()).digest('base64url')
}

/**
 * Sends a POST with a proof (RFC 9449 section 4). Sends it once more, with a new proof, if the server asks for a nonce
 * (section 8), and once if it rejects the proof while the two clocks differ: in both cases it has not acted. A request
 * without `possession` is sent as it is.
 * @param jti the identifier of the proof; a random one for each proof if undefined
 * @param onRepeat called before the request is sent once more
 * @throws what {@link Http.send} throws
 */
export async function sendWithProof(
  http: Http,
  request: Omit<HttpRequest, 'method'>,
  possession: Possession | undefined,
  jti?: string,
  onRepeat?: () => void,
): Promise<HttpResponse> {
  const { url } = request
  if (possession === undefined) return http.send({ ...request, method: 'POST' })
  const { state, now } = possession
  const send = async (): Promise<HttpResponse> => {
    const attemptHeaders = (): Readonly<Record<string, Secret>> => ({ dpop: proof(possession, url, jti) })
    const response = await http.send({ ...request, method: 'POST', attemptHeaders })
    state.nonce = nonceOf(response) ?? state.nonce
    return response
  }
  const mayRepeat = new Set(['use_dpop_nonce', 'invalid_dpop_proof'])
  for (;;) {
    // Requests at the same time share the state: compare with the time in this proof.
    const { clockAheadMs: provedAheadMs } = state
    const response = await send()
    const error = errorCodeOf(response)
    if (error === undefined || !mayRepeat.delete(error)) return response
    if (error === 'use_dpop_nonce') {
      if (nonceOf(response) === undefined) return response
    } else {
      const serverMs = answeredAtMs(response)
      const aheadMs = serverMs === undefined ? provedAheadMs : now() - serverMs
      if (Math.abs(aheadMs - provedAheadMs) <= toleratedMs) return response
      state.clockAheadMs = aheadMs
      if (aheadMs < -mostBehindMs) return response
    }
    onRepeat?.()
  }
}

function proof({ key, state, now }: Possession, url: URL, jti: string | undefined): Secret {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }
  const claims = {
    jti: jti ?? randomUUID(),
    htm: 'POST',
    htu: `${url.origin}${url.pathname}`,
    iat: Math.floor((now() - Math.max(state.clockAheadMs, -mostBehindMs)) / 1000),
    ...(state.nonce === undefined ? {} : { nonce: state.nonce }),
  }
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const jwk = { ...key.publicJwk, d: key.d.reveal() }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  // Not a secret that works twice, but --debug must not show it.
  return new Secret(`${signed}.${signature.toString('base64url')}`)
}

// RFC 9449 section 8.1: NQCHAR of RFC 6749.
function nonceOf({ headers }: HttpResponse): string | undefined {
  const value = headers['dpop-nonce']
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$/.test(value) ? value : undefined
}

function errorCodeOf({ status, body }: HttpResponse): string | undefined {
  const object = status < 400 || status >= 500 ? undefined : parseJsonObject(body)
  return object === undefined ? undefined : stringMember(object, 'error')
}
