import { safeText } from '../core/safe-to-print.ts'
import { type CodeAdvice, codeSentence, type CodeState } from './code-state.ts'
import { Exit, type ExitCode } from './exit.ts'
import { masked, withoutKnownSecrets } from './masked.ts'
import type { FailureRow } from './row.ts'
import { type FailureCode, type FailureDetails, failureTable } from './table.ts'

/** What a failure may carry beside its details. */
interface FailureOptions extends ErrorOptions {
  /** What became of the authorization code that it is about. */
  readonly fate?: { readonly state: CodeState; readonly advice: CodeAdvice }
}

/**
 * The only thing `gsa` throws on purpose: a row of the failure table with the details of this case. Anything else that
 * reaches {@link ../run.ts} is a bug (exit 1). Details are printed: never put a secret in one. What a user typed may be
 * one all the same, so every detail is masked before it gets into a sentence or into JSON.
 */
export class Failure<Code extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure'
  readonly code: Code
  readonly details: FailureDetails<Code>
  readonly exitCode: ExitCode
  /** What happened, one sentence. */
  readonly causeText: string
  /** The one thing to do about it. */
  readonly fix: string
  /** What became of the authorization code; undefined for a failure that is about none. */
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

// Ids that a server made public, what is stored, and paths that were found look drawn at random, and
// are to be typed or compared.
const publicDetails = new Set([
  'id',
  'ids',
  'clientId',
  'redirectUri',
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

/** The cause of a failure without its full stop, for use inside the sentence of another. */
export function problemOf(failure: Failure): string {
  return failure.causeText.replace(/\.$/, '')
}

/**
 * Returns the failure with what became of the code: the last sentence of its cause, and `codeState` in its details. A
 * failure that says so already is returned as it is.
 */
export function withCodeState(failure: Failure, state: CodeState, advice: CodeAdvice): Failure {
  if (failure.codeState !== undefined) return failure
  const { code, details, cause } = failure
  return new Failure(code, details, { cause, fate: { state, advice } })
}

/** Returns what `work` returns. A failure of it that says nothing of the code is thrown {@link withCodeState}. */
export async function tellingCodeState<T>(state: CodeState, advice: CodeAdvice, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Failure ? withCodeState(error, state, advice) : error
  }
}

/** Whether a caught value is a {@link Failure} with this code. */
export function isFailure<Code extends FailureCode>(value: unknown, code: Code): value is Failure<Code> {
  return value instanceof Failure && value.code === code
}

/** Whether the same thing may well work another time: it was the network, or somebody's wish. */
export function mayWorkLater(error: unknown): boolean {
  return error instanceof Failure && (error.exitCode === Exit.Network || error.exitCode === Exit.Interrupted)
}

/** The same details with every text in them changed. */
export function mapTexts<T>(details: T, change: (text: string) => string): T {
  if (typeof details === 'string') return change(details) as T
  if (Array.isArray(details)) return details.map((item: unknown) => mapTexts(item, change)) as T
  if (details !== null && typeof details === 'object')
    return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, mapTexts(value, change)])) as T
  return details
}
