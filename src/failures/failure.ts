import { safeText } from '../core/safe-to-print.ts'
import { type CodeAdvice, codeSentence, type CodeState } from './code-state.ts'
import { Exit, type ExitCode } from './exit.ts'
import { masked, withoutKnownSecrets } from './masked.ts'
import type { FailureRow } from './row.ts'
import { type FailureCode, type FailureDetails, failureTable } from './table.ts'

/** Options of a failure in addition to its details. */
interface FailureOptions extends ErrorOptions {
  /** The state of the authorization code that was involved. */
  readonly fate?: { readonly state: CodeState; readonly advice: CodeAdvice }
}

/**
 * The only error that `gsa` throws on purpose: a row of the failure table with the details of this case. Any other
 * error that reaches {@link ../run.ts} is a bug (exit 1). Details are printed, so never put a secret in one. Every
 * detail is also masked before it gets into a message or into JSON, because a user may have typed a secret.
 */
export class Failure<Code extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure'
  readonly code: Code
  readonly details: FailureDetails<Code>
  readonly exitCode: ExitCode
  /** One sentence that says what happened. */
  readonly causeText: string
  /** The next step for the user. */
  readonly fix: string
  /** The state of the authorization code; undefined if the failure involves none. */
  readonly codeState: CodeState | undefined

  constructor(code: Code, details: FailureDetails<Code>, { fate, ...options }: FailureOptions = {}) {
    const row = failureTable[code] as unknown as FailureRow<FailureDetails<Code>>
    const shown = shownDetails(details)
    const printable = mapTexts(shown, safeText)
    const cause = [row.cause(printable), ...(fate === undefined ? [] : [codeSentence(fate.state, fate.advice)])].join(
      ' ',
    )
    super(cause, options)
    this.code = code
    this.details = fate === undefined ? shown : { ...shown, codeState: fate.state }
    this.codeState = fate?.state
    this.exitCode = row.exit
    this.causeText = cause
    this.fix = row.fix(printable)
  }
}

// Public ids, stored accounts and paths can look random, but the user has to type or compare them.
const publicDetails = new Set([
  'id',
  'ids',
  'clientId',
  'redirectUri',
  'claimed',
  'sent',
  'accounts',
  'candidates',
  'commands',
  'others',
  'stored',
  'path',
  'remedy',
])

function shownDetails<T extends object>(details: T): T {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]: readonly [string, unknown]) => [
      name,
      mapTexts(value, publicDetails.has(name) ? withoutKnownSecrets : masked),
    ]),
  ) as T
}

/** Returns the cause of a failure without its full stop, for use inside the sentence of another failure. */
export function problemOf(failure: Failure): string {
  return failure.causeText.replace(/\.$/, '')
}

/**
 * Returns the failure with the state of the code, as the last sentence of its cause and as `codeState` in its details.
 * Returns a failure that already has one unchanged.
 */
export function withCodeState(failure: Failure, state: CodeState, advice: CodeAdvice): Failure {
  if (failure.codeState !== undefined) return failure
  const { code, details, cause } = failure
  return new Failure(code, details, { cause, fate: { state, advice } })
}

/** Returns the result of `work`; adds the code state to a failure that has none, see {@link withCodeState}. */
export async function tellingCodeState<T>(state: CodeState, advice: CodeAdvice, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Failure ? withCodeState(error, state, advice) : error
  }
}

/** Returns whether a caught value is a {@link Failure} with this code. */
export function isFailure<Code extends FailureCode>(value: unknown, code: Code): value is Failure<Code> {
  return value instanceof Failure && value.code === code
}

/** Returns whether a retry may succeed: the network failed, or the user interrupted the command. */
export function mayWorkLater(error: unknown): boolean {
  return error instanceof Failure && (error.exitCode === Exit.Network || error.exitCode === Exit.Interrupted)
}

/** Returns the same details with every text in them changed. */
export function mapTexts<T>(details: T, change: (text: string) => string): T {
  if (typeof details === 'string') return change(details) as T
  if (Array.isArray(details)) return details.map((item: unknown) => mapTexts(item, change)) as T
  if (details !== null && typeof details === 'object')
    return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, mapTexts(value, change)])) as T
  return details
}
