import { type DpopFault, dpopFaults } from '../faults/dpop-faults.ts'
import { type Call, oauthError, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorClient } from '../records/built-in.ts'
import { type DpopWorkflow, nonceLifetimeMs } from '../records/dpop-memory.ts'
import { originsOf } from '../records/origins.ts'
import { readClaims, readProof } from './dpop-proof.ts'

/** A request whose proof is checked. */
interface ProofRequest {
  readonly call: Call
  readonly client: EmulatorClient
}

/** The use of a proof. */
interface ProofUse {
  readonly workflow: DpopWorkflow
  /** The code, device code or refresh token of the request. */
  readonly credential: string
  /** The only `jti` that the proof may have. The code that it is derived from works once, so it is no replay. */
  readonly jti?: string
  /** The thumbprint of the key that the refresh token is bound to. */
  readonly boundTo?: string | undefined
}

/**
 * Checks the DPoP proof of a token request (RFC 9449 sections 4.3, 5 and 8) before its code or token is used. Returns
 * the thumbprint of its key, or undefined for a request without a proof, and notes for the journal what it found.
 * @throws Refused for a bad proof, a missing one, or one that needs a nonce.
 */
export function checkProof(google: LocalGoogle, request: ProofRequest, use: ProofUse): string | undefined {
  const { call, client } = request
  const header = client.dpop === 'off' ? undefined : call.headers['dpop']
  if (header === undefined) {
    refuseMissingProof(request, use)
    refuseByDpopFault(google, call, use)
    return undefined
  }
  const now = google.clock.now()
  const { thumbprint, jti, nonce } = validProof(google, call, String(header))
  if (use.jti !== undefined && jti !== use.jti)
    throw badProof(call, 'The claim jti of the DPoP proof must be base64url(SHA-256(code)), without padding')
  const name = `${thumbprint} ${jti}`
  if (use.jti === undefined && google.dpop.proofs.find(name, now))
    throw badProof(call, 'The claim jti of the DPoP proof was used before: make a new proof for each request')
  if (use.boundTo !== undefined && use.boundTo !== thumbprint)
    throw refused(call, 'invalid_grant', 'The refresh token is bound to the key of another DPoP proof')
  refuseByDpopFault(google, call, use, thumbprint)
  checkNonce(google, request, use, nonce)
  google.dpop.demands.drop(use.credential)
  google.dpop.proofs.add(name, true, now)
  call.dpop = `valid proof of key ${thumbprint}`
  return thumbprint
}

function refuseMissingProof({ call, client }: ProofRequest, { boundTo }: ProofUse): void {
  if (client.dpop === 'off') return
  if (boundTo !== undefined) throw badProof(call, 'The refresh token is bound to a key: send a DPoP proof of that key')
  if (client.dpop === 'required') throw badProof(call, 'This client must send a DPoP proof')
}

function validProof(
  google: LocalGoogle,
  call: Call,
  header: string,
): ReturnType<typeof readClaims> & { readonly thumbprint: string } {
  try {
    const proof = readProof(header)
    return { ...readClaims(proof, tokenUrls(google, call), google.clock.now()), thumbprint: proof.thumbprint }
  } catch (error) {
    if (error instanceof RangeError) throw badProof(call, error.message)
    throw error
  }
}

/**
 * Returns the addresses of the token endpoint that a proof may name: the published one and, if the request came
 * directly, the one it was sent to.
 */
function tokenUrls({ issuer, address }: LocalGoogle, { path, headers: { host = '' } }: Call): readonly string[] {
  const { accounts, www, oauth2 } = originsOf(issuer)
  const origin = path.startsWith('/o/') ? accounts : path.startsWith('/oauth2/') ? www : oauth2
  const published = origin + path
  const isDirect = host !== new URL(origin).host && /^[\w.:[\]-]+$/.test(host)
  return isDirect ? [`${new URL(address).protocol}//${host}${path}`, published] : [published]
}

/** Checks the nonce, if the client or a fault demands one or the proof has one (RFC 9449 section 8). */
function checkNonce(
  google: LocalGoogle,
  { call, client }: ProofRequest,
  { workflow, credential }: ProofUse,
  nonce: string | undefined,
): void {
  const now = google.clock.now()
  const rejectedRetries = google.dpop.demands.find(credential, now)
  if (nonce === undefined) {
    if (client.dpopNonce !== true && rejectedRetries === undefined) return
    throw wantsNonce(google, call, workflow, 'Authorization server requires nonce in DPoP proof')
  }
  const issuedAtMs = google.mint.dpopNonceTime(nonce, workflow)
  // After a reset, the time may be in the future.
  if (issuedAtMs === undefined || issuedAtMs > now || now - issuedAtMs >= nonceLifetimeMs) {
    const use = workflow === 'exchange' ? 'an exchange' : 'a refresh'
    const problem = issuedAtMs === undefined ? `was not issued for ${use}` : 'has expired'
    throw wantsNonce(google, call, workflow, `The nonce of the DPoP proof ${problem}; use the new one`)
  }
  if (!rejectedRetries) return
  google.dpop.demands.add(credential, rejectedRetries - 1, now)
  throw wantsNonce(google, call, workflow, 'Authorization server requires another nonce in DPoP proof')
}

/** Lets a fault reject a request; the next proof for its code or token then needs the nonce. */
function refuseByDpopFault(
  google: LocalGoogle,
  call: Call,
  { workflow, credential }: ProofUse,
  thumbprint?: string,
): void {
  const fault = google.faults.take<DpopFault>('token', dpopFaults)
  if (fault === undefined) return
  if (fault.error === 'invalid_dpop_proof') throw badProof(call, 'Invalid DPoP proof')
  const description = 'Authorization server requires nonce in DPoP proof'
  if (fault.withoutNonce) throw refused(call, fault.error, description)
  if (thumbprint !== undefined) google.dpop.demands.add(credential, fault.rejectedRetries ?? 0, google.clock.now())
  throw wantsNonce(google, call, workflow, description)
}

/** Returns the response to a proof with the next nonce, for a client that needs nonces (RFC 9449 section 8.2). */
export function withNextNonce(
  google: LocalGoogle,
  client: EmulatorClient,
  workflow: DpopWorkflow,
  reply: Reply,
): Reply {
  if (client.dpopNonce !== true) return reply
  return { ...reply, headers: { ...reply.headers, 'dpop-nonce': google.mint.dpopNonce(workflow, google.clock.now()) } }
}

function wantsNonce(google: LocalGoogle, call: Call, workflow: DpopWorkflow, description: string): Refused {
  const nonce = google.mint.dpopNonce(workflow, google.clock.now())
  return refused(call, 'use_dpop_nonce', description, { 'dpop-nonce': nonce })
}

function badProof(call: Call, description: string): Refused {
  return refused(call, 'invalid_dpop_proof', description)
}

function refused(call: Call, error: string, description: string, headers: Reply['headers'] = {}): Refused {
  call.dpop = `refused: ${description}`
  const reply = oauthError(400, error, description)
  return new Refused({ ...reply, headers: { ...reply.headers, ...headers } })
}
