import { expect } from 'vitest'
import type { Ended, Running } from '../support/built-gsa.ts'
import {
  contentOf,
  documentedExitCodes,
  type DriveUser,
  type Fault,
  inLanes,
  Tally,
  withDriveUser,
} from './drive-user.ts'
import { scaled, seededRandom } from './scale.ts'

/** A transfer, and its faults. */
export interface Plan {
  readonly trouble: string
  readonly content: Buffer
  readonly faults: readonly Fault[]
  readonly signal?: NodeJS.Signals
  /** The extra time that the faults cost. */
  readonly heldMs?: number
  /** The time of the signal: from 0, at the start, to 1, when the transfer would have finished. */
  readonly moment: number
}

/** Waits for a run to end, and sends its plan's signal. */
export async function endOf(running: Running, { signal, moment, heldMs = 0 }: Plan, wholeMs: number): Promise<Ended> {
  if (signal === undefined) return running.ended
  const timer = setTimeout(() => running.signal(signal), moment * (wholeMs + heldMs))
  const ended = await running.ended
  clearTimeout(timer)
  return ended
}

/**
 * Returns whether a run ended as README.md lists. Before the program listens for it, an interruption ends it like any
 * other.
 */
export function isDocumentedEnd({ signal }: Plan, { exitCode }: Ended): boolean {
  return documentedExitCodes.has(exitCode) || (exitCode === null && signal !== undefined)
}

/** Returns the minimum duration of a transfer with as many others at the same time, in milliseconds. */
export async function shortestMs(
  lanes: number,
  bytes: number,
  transfer: (user: DriveUser, content: Buffer) => Promise<() => Running>,
): Promise<number> {
  const random = seededRandom()
  const contents = Array.from({ length: lanes }, () => contentOf(bytes, random))
  let shortest = Number.POSITIVE_INFINITY
  await inLanes(lanes, contents, (content) =>
    withDriveUser(async (user) => {
      const start = await transfer(user, content)
      const started = performance.now()
      const { exitCode, stderr } = await start().ended
      expect(exitCode, stderr).toBe(0)
      shortest = Math.min(shortest, performance.now() - started)
    }),
  )
  return shortest
}

/** The functions that carry out and judge plans. */
interface Proof<P extends Plan, Outcome extends { readonly first: Ended }> {
  readonly plans: readonly P[]
  readonly lanes: number
  readonly carryOut: (plan: P, user: DriveUser) => Promise<Outcome>
  /** Returns violations. */
  readonly complaints: (plan: P, outcome: Outcome) => readonly string[]
  readonly secondRunOf: (outcome: Outcome) => string
  /** The minimum number in the full proof that must have been killed, and resumed. */
  readonly least: number
  readonly annotate: (message: string) => Promise<unknown>
}

/**
 * Carries out plans, each against its own emulator. Returns the violations in each and overall: a fault that never
 * struck, or too few killed or resumed.
 */
export async function carryOutPlans<P extends Plan, Outcome extends { readonly first: Ended }>(
  proof: Proof<P, Outcome>,
): Promise<readonly string[]> {
  const { plans, lanes, carryOut, complaints, secondRunOf, least, annotate } = proof
  const [struck, ends, reruns] = [new Tally(), new Tally(), new Tally()]
  const wrong: string[] = []
  await inLanes(lanes, plans, (plan) =>
    withDriveUser(async (user) => {
      const outcome = await carryOut(plan, user)
      const { content, ...told } = plan
      for (const complaint of complaints(plan, outcome))
        wrong.push(`${complaint} – ${content.length} bytes, ${JSON.stringify(told)}`)
      const { exitCode } = outcome.first
      struck.add(...user.struck())
      ends.add(exitCode === null ? `ended by ${plan.signal}` : `exit code ${exitCode}`)
      reruns.add(secondRunOf(outcome))
    }),
  )
  await annotate(`faults that struck: ${struck.text()}`)
  await annotate(`${plans.length} transfers: ${ends.text()}; second runs: ${reruns.text()}`)
  // A program killed early does not reach its faults.
  const certain = plans.filter(({ signal }) => signal === undefined)
  const armed = new Set(certain.flatMap(({ faults }) => faults.map(({ fault }) => fault)))
  const unmet = [...armed].filter((fault) => struck.of(fault) === 0).map((fault) => `${fault} never struck`)
  // The machine decides when a signal strikes; of many, some must have struck midway.
  const few = [ends.of('ended by SIGKILL'), reruns.of('went on')].filter((count) => count < scaled(0, least))
  return [...wrong, ...unmet, ...few.map((count) => `only ${count} were killed, or went on`)]
}
