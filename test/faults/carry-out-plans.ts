import type { Ended } from '../support/built-gsa.ts'
import { type DriveUser, type Fault, inLanes, Tally, withDriveUser } from './drive-user.ts'
import { scaled } from './scale.ts'

/** A transfer, and what happens to it. */
interface Plan {
  readonly content: Buffer
  readonly faults: readonly Fault[]
  readonly signal?: NodeJS.Signals
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
 * Carries plans out, each against an emulator of its own. Gives what is wrong with any of them, and with all of them: a fault that
 * never struck, too few that were killed or went on.
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
