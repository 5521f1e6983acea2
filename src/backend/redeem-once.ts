import { codeLifetimeMs, hashOfCode, type Outcomes } from '../accounts/used-codes.ts'
import { type JsonObject, stringMember } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { turnstile } from '../core/turnstile.ts'
import type { Grant } from '../credentials/grant.ts'
import { appCodeAdvice, Failure, isFailure, withCodeState } from '../failures/index.ts'
import type { CodeRequest } from './code-request.ts'
import { growingWaits } from './growing-waits.ts'

/** The result of a code. */
export interface Redeemed {
  /** The response body for the app, without secrets. */
  readonly document: JsonObject
  /** The account's name in the log. */
  readonly name: string
  readonly grant: Grant
}

/** The result of a request with a code. */
export interface Redemption extends Omit<Redeemed, 'grant'> {
  /** The tokens; undefined if it is repeated, because only the response is remembered. */
  readonly grant: Grant | undefined
  /** Whether this repeats the result of an earlier request with the same code, here or at another instance. */
  readonly isRepeated: boolean
}

/** The further options of {@link redeemingOnce}. */
export interface SharingOptions {
  /** Aborted when this instance no longer waits for the result of another one. */
  readonly closing?: AbortSignal
  /**
   * Throws if this request may not have the result of an earlier one with the same code: it may come from someone else,
   * or the other instance may have other rules.
   */
  readonly checkRepeat?: (request: CodeRequest, document: JsonObject) => Promise<void>
  /** Called if a result could not be kept for the other instances. */
  readonly onNotKept?: (error: unknown) => void
}

// More would not be faster: all of them wait for the same store.
const atOnce = 8
// An exchange takes a second; the other instance may be slow, or may have been killed.
const otherWaits = { firstMs: 100, longestMs: 1_000, totalMs: 30_000 }
const mostFailures = 10_000

/**
 * Redeems each code once, even if it is sent several times: a repeat during the exchange, or within ten minutes after
 * its success, gets the same result. At most eight codes are exchanged at the same time; the others wait. With shared
 * outcomes, this applies to all instances together.
 */
export function redeemingOnce(
  redeem: (request: CodeRequest) => Promise<Redeemed>,
  outcomes?: Outcomes,
  { closing, checkRepeat, onNotKept }: SharingOptions = {},
): (request: CodeRequest) => Promise<Redemption> {
  const redemptions = new Map<string, Remembered>()
  // Mutable: whether this instance sent the failed code itself, so that no other one has its result.
  const failures = new Map<string, boolean>()
  const enter = turnstile(atOnce)
  const redeemShared = async (request: CodeRequest, shared: Outcomes, hash: string): Promise<Redemption> => {
    const { code } = request
    const known = failures.has(hash) ? await found(shared, code) : undefined
    if (known !== undefined) return repeated(known)
    let redeemed: Redeemed
    try {
      redeemed = await enter(async () => redeem(request))
    } catch (error) {
      if (!isFailure(error, 'code_used_before') || failures.get(hash) === true) throw error
      const other = await otherOutcome(shared, code, closing)
      if (other === undefined) throw error
      return repeated(other)
    }
    try {
      await shared.keep(code, redeemed.document)
    } catch (error) {
      // The app's tokens are stored, so its response is the same.
      onNotKept?.(error)
    }
    return { ...redeemed, isRepeated: false }
  }
  const redeemAny = async (request: CodeRequest): Promise<Redemption> => {
    forget(redemptions)
    const hash = hashOfCode(request.code)
    const earlier = redemptions.get(hash)
    if (earlier !== undefined) return { ...(await earlier.result), grant: undefined, isRepeated: true }
    const redemption =
      outcomes === undefined
        ? enter(async () => redeem(request)).then((redeemed) => ({ ...redeemed, isRepeated: false }))
        : redeemShared(request, outcomes, hash)
    redemptions.set(hash, { result: withoutGrant(redemption), sinceMs: performance.now() })
    try {
      return await redemption
    } catch (error) {
      // redeemCode decides whether a retry is allowed, because it knows if the code was sent.
      redemptions.delete(hash)
      if (outcomes !== undefined) rememberFailure(failures, hash, error)
      throw error
    }
  }
  return async (request) => {
    const redemption = await redeemAny(request)
    if (redemption.isRepeated) await checkRepeat?.(request, redemption.document)
    return redemption
  }
}

/** A result that later requests with the same code get. */
interface Remembered {
  readonly result: Promise<Pick<Redeemed, 'document' | 'name'>>
  readonly sinceMs: number
}

function withoutGrant(redemption: Promise<Redemption>): Remembered['result'] {
  const result = redemption.then(({ document, name }) => ({ document, name }))
  // Nobody may ask for it.
  result.catch(() => undefined)
  return result
}

function repeated(document: JsonObject): Redemption {
  const name = stringMember(document, 'email') ?? stringMember(document, 'sub') ?? 'unknown account'
  return { document, name, grant: undefined, isRepeated: true }
}

// Mutable: adds the failure, and deletes the oldest one.
function rememberFailure(failures: Map<string, boolean>, hash: string, error: unknown): void {
  const wasSentElsewhere = isFailure(error, 'code_used_before') || isFailure(error, 'server_stopping')
  const wasSentHere =
    failures.get(hash) === true || (!wasSentElsewhere && !(error instanceof Failure && error.codeState === 'unused'))
  failures.delete(hash)
  failures.set(hash, wasSentHere)
  const [oldest] = failures.keys()
  if (failures.size > mostFailures && oldest !== undefined) failures.delete(oldest)
}

/** Returns the result that another instance keeps for a code; undefined also if the store does not answer. */
async function found(outcomes: Outcomes, code: Secret): Promise<JsonObject | undefined> {
  try {
    return await outcomes.find(code)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/**
 * Waits for the result of an instance that has sent the code. Returns undefined if there is none within half a minute.
 * @throws Failure `server_stopping`
 */
async function otherOutcome(
  outcomes: Outcomes,
  code: Secret,
  closing: AbortSignal | undefined,
): Promise<JsonObject | undefined> {
  const wait = growingWaits(otherWaits, closing)
  try {
    do {
      const outcome = await found(outcomes, code)
      if (outcome !== undefined) return outcome
    } while (await wait())
    return undefined
  } catch (error) {
    if (!isFailure(error, 'interrupted')) throw error
    const advice = { ...appCodeAdvice, renew: 'send it again to get its result' }
    throw withCodeState(new Failure('server_stopping', {}, { cause: error }), 'unknown', advice)
  }
}

// Mutable: deletes old entries.
function forget(redemptions: Map<string, { readonly sinceMs: number }>): void {
  // Entries are in the order of arrival.
  for (const [name, { sinceMs }] of redemptions) {
    if (performance.now() - sinceMs < codeLifetimeMs) return
    redemptions.delete(name)
  }
}
