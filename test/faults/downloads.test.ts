import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Ended } from '../support/built-gsa.ts'
import { below, contentOf, type DriveUser, type Fault, oneOf } from './drive-user.ts'
import { carryOutPlans, endOf, isDocumentedEnd, type Plan, shortestMs } from './carry-out-plans.ts'
import { scaled, seededRandom } from './scale.ts'

const downloads = scaled(11, 100)
const lanes = 6
const mebibyte = 1024 * 1024

/** A download, and its faults. */
interface DownloadPlan extends Plan {
  /** Whether a file of that name already exists. */
  readonly replaces: boolean
}

type Trouble = Pick<Plan, 'faults' | 'signal' | 'heldMs'>

// The first request looks up the name; the second one returns the content.
const onContent = 1

const once =
  (fault: string, more: Partial<Fault> = {}) =>
  (random: () => number): Trouble => ({ faults: [{ on: 'drive', fault, after: below(2, random), ...more }] })

const signalled = (signal: NodeJS.Signals) => (random: () => number) =>
  random() < 0.3
    ? { signal, faults: [] }
    : { signal, heldMs: 1000, faults: [{ on: 'drive', fault: 'slow', seconds: 1, after: onContent }] }

const cut: Fault = { on: 'drive', fault: 'truncated', after: onContent }

const troubles: Readonly<Record<string, (random: () => number) => Trouble>> = {
  'connection reset': once('reset'),
  'kill -9': signalled('SIGKILL'),
  'content cut': () => ({ faults: [cut] }),
  'cut again and again': (random) => ({ faults: [{ ...cut, times: 2 + below(3, random) }] }),
  'HTTP 503': once('http-503'),
  'kill -9, again': signalled('SIGKILL'),
  '401 in the middle': once('invalid-credentials'),
  'answer lost': once('lost-answer'),
  'cut, then out for ten minutes': () => ({
    faults: [cut, { on: 'drive', fault: 'http-503', seconds: 600, after: onContent + 1 }],
  }),
  'cut, then refused': () => ({
    faults: [cut, { on: 'drive', fault: 'not-downloadable', after: 1 }],
  }),
  interrupted: signalled('SIGINT'),
}

/** Faults that make the program wait for a minute: for the full proof only. */
const slowTroubles: typeof troubles = {
  stall: once('stall', { after: onContent }),
  hang: once('hang', { after: onContent }),
}
const slowEvery = 25

function plansOf(count: number): readonly DownloadPlan[] {
  const random = seededRandom()
  return Array.from({ length: count }, (_, at) => {
    const isSlow = at % slowEvery === slowEvery - 1
    const names = Object.keys(isSlow ? slowTroubles : troubles)
    const trouble = names[(isSlow ? Math.floor(at / slowEvery) : at) % names.length]!
    const struck = (isSlow ? slowTroubles : troubles)[trouble]!(random)
    const another = random() < 0.3 ? once(oneOf(['http-500', 'reset', 'lost-answer'], random))(random).faults : []
    return {
      ...struck,
      trouble,
      faults: [...struck.faults, ...another],
      content: contentOf(4 * mebibyte + below(8 * mebibyte, random), random),
      replaces: random() < 0.3,
      moment: random(),
    }
  })
}

const oldContent = Buffer.from('what was there before')

/** The files after a run. */
interface Left {
  readonly target: 'nothing' | 'what was there' | 'all of it' | 'something else'
  /** The bytes in unfinished files. */
  readonly parts: readonly number[]
}

interface Outcome {
  readonly first: Ended
  readonly left: Left
  readonly second: { readonly ended: Ended; readonly left: Left; readonly isResumed: boolean } | undefined
}

async function carryOut(plan: DownloadPlan, user: DriveUser, wholeMs: number): Promise<Outcome> {
  const { content, replaces } = plan
  const folder = join(user.folder, 'here')
  const target = join(folder, 'copy')
  mkdirSync(folder)
  if (replaces) writeFileSync(target, oldContent)
  await user.store('file', content)
  const argv = ['drive', 'get', 'file', '-o', target, '--json']

  for (const fault of plan.faults) user.google.arm(fault)
  const running = user.gsa(argv)
  const first = await endOf(running, plan, wholeMs)
  const left = leftIn(folder, content)
  if (first.exitCode === 0) return { first, left, second: undefined }

  await user.disarm()
  const asked = user.google.requests().length
  const ended = await user.gsa(argv).ended
  const contents = user.google
    .requests()
    .slice(asked)
    .filter(({ query }) => query['alt'] === 'media')
  const isResumed = contents.every(({ status }) => status === 206)
  return { first, left, second: { ended, isResumed, left: leftIn(folder, content) } }
}

function leftIn(folder: string, content: Buffer): Left {
  const target = join(folder, 'copy')
  const found = existsSync(target) ? readFileSync(target) : undefined
  return {
    target:
      found === undefined
        ? 'nothing'
        : found.equals(content)
          ? 'all of it'
          : found.equals(oldContent)
            ? 'what was there'
            : 'something else',
    parts: readdirSync(folder)
      .filter((name) => name !== 'copy')
      .map((name) => statSync(join(folder, name)).size),
  }
}

const isDone = ({ target, parts }: Left): boolean => target === 'all of it' && parts.length === 0

/** Returns violations. */
function complaints(plan: DownloadPlan, { first, left, second }: Outcome): string[] {
  const isUntouched = left.target === (plan.replaces ? 'what was there' : 'nothing')
  const mustGoOn = left.parts.some((bytes) => bytes > 0)
  return [
    ...(isDocumentedEnd(plan, first) ? [] : [`exit code ${first.exitCode}: ${first.stderr}`]),
    ...(isDone(left) || (first.exitCode !== 0 && (isUntouched || left.target === 'all of it'))
      ? []
      : [`the first run left ${JSON.stringify(left)}`]),
    ...(second === undefined || second.ended.exitCode === 0 ? [] : [`second run: ${second.ended.stderr}`]),
    ...(second === undefined || isDone(second.left) ? [] : [`the second run left ${JSON.stringify(second.left)}`]),
    ...(second === undefined || !mustGoOn || second.isResumed ? [] : ['the second run did not go on']),
  ]
}

function secondRunOf({ left, second }: Outcome): string {
  if (second === undefined) return 'not needed'
  return left.parts.some((bytes) => bytes > 0) && second.isResumed ? 'went on' : 'began anew'
}

describe('random faults of every kind', () => {
  test(
    `leave each of ${downloads} downloads complete or without its name, and the next run resumes`,
    { timeout: 1_800_000 },
    async ({ annotate }) => {
      const wholeMs = await shortestMs(lanes, 8 * mebibyte, async (user, content) => {
        await user.store('file', content)
        return () => user.gsa(['drive', 'get', 'file', '-o', join(user.folder, 'copy')])
      })
      const wrong = await carryOutPlans({
        plans: plansOf(downloads),
        lanes,
        carryOut: (plan, user) => carryOut(plan, user, wholeMs),
        complaints,
        secondRunOf,
        least: 4,
        annotate,
      })
      expect(wrong).toEqual([])
    },
  )
})
