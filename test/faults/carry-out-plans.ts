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

/** A transfer, and what happens to it. */
export interface Plan {
  readonly trouble: string
  readonly content: Buffer
  readonly faults: readonly Fault[]
  readonly signal?: NodeJS.Signals
  /** How much longer the faults make it take. */
  readonly heldMs?: number
  /** When the signal comes: from 0, at the start, to 1, when it would have come to its end. */
  readonly moment: number
}

/** Waits for the end of a run, with the signal of its plan on the way. */
export async function endOf(running: Running, { signal, moment, heldMs = 0 }: Plan, wholeMs: number): Promise<Ended> {
  if (signal === undefined) return running.ended
  const timer = setTimeout(() => running.signal(signal), moment * (wholeMs + heldMs))
  const ended = await running.ended
  clearTimeout(timer)
  return ended
}

/**
 * Whether a run ended in a way that README.md lists. Before the program listens for it, an
 * interruption ends it as any other one.
 */
export function isDocumentedEnd({ signal }: Plan, { exitCode }: Ended): boolean {
  return documentedExitCodes.has(exitCode) || (exitCode === null && signal !== undefined)
}

/** How long a transfer takes at the least, with as many others at the same time, in milliseconds. */
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

/** How plans are carried out and judged. */
interface Proof<P extends Plan, Outcome extends { readonly first: Ended }> {
  readonly plans: readonly P[]
  readonly lanes: number
  readonly carryOut: (plan: P, user: DriveUser) => Promise<Outcome>
  /** What must not be. */
  readonly complaints: (plan: P, outcome: Outcome) => readonly string[]
  readonly secondRunOf: (outcome: Outcome) => string
  /** How many of the whole proof must at the least have been killed, and gone on. */
  readonly least: number
  readonly annotate: (message: string) => Promise<unknown>
}

/**
 * Carries plans out, each against an emulator of its own. Gives what is wrong with any of them, and with all of them: a
 * fault that never struck, too few that were killed or went on.
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
  // Who is killed early does not live to meet them.
  const certain = plans.filter(({ signal }) => signal === undefined)
  const armed = new Set(certain.flatMap(({ faults }) => faults.map(({ fault }) => fault)))
  const unmet = [...armed].filter((fault) => struck.of(fault) === 0).map((fault) => `${fault} never struck`)
  // When a signal strikes is left to the machine; of many, some must have struck in the middle.
  const few = [ends.of('ended by SIGKILL'), reruns.of('went on')].filter((count) => count < scaled(0, least))
  return [...wrong, ...unmet, ...few.map((count) => `only ${count} were killed, or went on`)]
}
