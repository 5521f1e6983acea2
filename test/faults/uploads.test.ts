import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { JournalEntry } from '../../src/emulator/index.ts'
import type { Ended } from '../support/built-gsa.ts'
import { below, contentOf, type DriveUser, md5Of, Tally, withDriveUser } from './drive-user.ts'
import { carryOutPlans, endOf, isDocumentedEnd, shortestMs } from './carry-out-plans.ts'
import { scaled, seededRandom } from './scale.ts'
import { type UploadPlan, uploadPlans } from './upload-plans.ts'

const uploads = scaled(23, 500)
// Most of the time each of them waits for its next attempt.
const lanes = 6
const mebibyte = 1024 * 1024

/** The outcome of a plan. */
interface Outcome {
  readonly first: Ended
  /** The MD5s in the app folder after it. */
  readonly found: readonly string[]
  /** The session that it left, if still valid. */
  readonly left: string | undefined
  /** The same command again, if there was a reason to run it. */
  readonly second: Second | undefined
}

interface Second {
  readonly ended: Ended
  readonly found: readonly string[]
  /** The first session that it sent something to. */
  readonly session: string | undefined
  /** Whether it found a file to replace. */
  readonly isReplacement: boolean
}

const oldContent = Buffer.from('what was there before')

async function carryOut(plan: UploadPlan, user: DriveUser, wholeMs: number): Promise<Outcome> {
  const { name, content, from, replaces } = plan
  if (replaces === 'old') await user.store(name, oldContent)
  if (from === 'file') writeFileSync(join(user.folder, name), content)
  const argv = ['drive', 'put', from === 'file' ? name : '-', '--name', name, '--json']
  if (replaces !== undefined) argv.push('--replace')
  const stdin = from === 'file' ? undefined : content
  const found = async (): Promise<string[]> => (await user.stored()).map(({ md5Checksum }) => md5Checksum)

  const before = user.google.requests().length
  for (const fault of plan.faults) user.google.arm(fault)
  const running = user.gsa(argv, stdin)
  const first = await endOf(running, plan, wholeMs)
  const left = liveSession(user.google.requests().slice(before))
  const outcome = { first, left, found: await found() }
  if (isStored(plan, outcome)) return { ...outcome, second: undefined }

  const asked = user.google.requests().length
  const ended = await user.gsa(argv, stdin).ended
  const journal = user.google.requests().slice(asked)
  const [session] = puts(journal)
  const isReplacement = journal.some(({ method, path }) => method === 'PATCH' && path.startsWith('/upload/'))
  return { ...outcome, second: { ended, session, isReplacement, found: await found() } }
}

const hasSaidSo = ({ exitCode, stdout }: Ended): boolean => exitCode === 0 || stdout !== ''

/**
 * Returns whether a user would not run the command again. A stream cannot be distinguished from another upload: the
 * user has to find a file that was created without the program learning of it.
 */
function isStored(
  { from, replaces, content }: UploadPlan,
  { first, found }: Pick<Outcome, 'first' | 'found'>,
): boolean {
  return hasSaidSo(first) || (from === 'stdin' && replaces === undefined && found[0] === md5Of(content))
}

/** Returns violations. */
function complaints(plan: UploadPlan, { first, found, left, second }: Outcome): string[] {
  const { content, from, replaces } = plan
  const md5 = md5Of(content)
  const isOnly = (md5s: readonly string[]): boolean => md5s.length === 1 && md5s[0] === md5
  const isUntouched = replaces === 'old' ? found.length === 1 && found[0] === md5Of(oldContent) : found.length === 0
  // A file from the first run is replaced like any other: that is another upload.
  const isAnotherUpload = replaces === 'none' && second?.isReplacement === true
  const mustGoOn = from === 'file' && left !== undefined && !isAnotherUpload
  return [
    ...(isDocumentedEnd(plan, first) ? [] : [`exit code ${first.exitCode}: ${first.stderr}`]),
    ...(isOnly(found) || (isUntouched && !hasSaidSo(first)) ? [] : [`left ${found.length} files`]),
    ...(second === undefined && !hasSaidSo(first) && !mayLoseTheAnswer(plan)
      ? ['the answer cannot have been lost']
      : []),
    ...(second === undefined || second.ended.exitCode === 0 ? [] : [`second run: ${second.ended.stderr}`]),
    ...(second === undefined || isOnly(second.found) ? [] : [`the second run left ${second.found.length} files`]),
    ...(second === undefined || !mustGoOn || second.session === left ? [] : ['the second run did not go on']),
  ]
}

/** Returns whether the file may have been created without the program learning of it. */
function mayLoseTheAnswer({ faults, signal }: UploadPlan): boolean {
  const losing = new Set(['lost-answer', 'truncated', 'stall', 'invalid-json'])
  return signal !== undefined || faults.some(({ fault }) => losing.has(fault))
}

function secondRunOf({ first, left, second }: Outcome): string {
  if (second !== undefined) return second.session !== undefined && second.session === left ? 'went on' : 'began anew'
  return first.exitCode === 0 ? 'not needed' : hasSaidSo(first) ? 'had been stored' : 'stored, but not said'
}

const isPut = ({ method, path }: JournalEntry): boolean => method === 'PUT' && path.startsWith('/upload/')
const sessionIn = ({ query }: JournalEntry): string | undefined => query['upload_id']

/** Returns the sessions that something was sent to, as the journal names them. */
const puts = (journal: readonly JournalEntry[]): (string | undefined)[] => journal.filter(isPut).map(sessionIn)

/** Returns the session used last, unless it has expired. */
function liveSession(journal: readonly JournalEntry[]): string | undefined {
  const last = puts(journal).at(-1)
  const isOver = journal.some((entry) => sessionIn(entry) === last && entry.faults?.includes('upload-session-expired'))
  return isOver ? undefined : last
}

describe('random faults of every kind', () => {
  test(
    `leave each of ${uploads} uploads complete and single, or an exit code and a session that the next run resumes`,
    { timeout: 3_600_000 },
    async ({ annotate }) => {
      const wholeMs = await shortestMs(lanes, 9 * mebibyte, async (user, content) => {
        writeFileSync(join(user.folder, 'a'), content)
        return Promise.resolve(() => user.gsa(['drive', 'put', 'a']))
      })
      const wrong = await carryOutPlans({
        plans: uploadPlans(uploads),
        lanes,
        carryOut: (plan, user) => carryOut(plan, user, wholeMs),
        complaints,
        secondRunOf,
        least: 10,
        annotate,
      })
      expect(wrong).toEqual([])
    },
  )
})

/** Starts an upload, and kills it when it has sent its first mebibyte and hangs. */
async function killMidway(user: DriveUser, file: string): Promise<void> {
  user.google.arm({ on: 'upload', fault: 'upload-short', bytes: mebibyte })
  user.google.arm({ on: 'upload', fault: 'hang', after: 2 })
  const running = user.gsa(['drive', 'put', file])
  await vi.waitFor(() => expect(user.struck()).toContain('hang'), { timeout: 60_000 })
  running.signal('SIGKILL')
  await running.ended
  expect(await user.stored()).toEqual([])
}

describe('an upload that was killed midway', () => {
  const content = contentOf(6 * mebibyte, seededRandom())

  test("is not mixed with the file's later content", async () =>
    withDriveUser(async (user) => {
      const file = join(user.folder, 'notes')
      writeFileSync(file, content)
      utimesSync(file, 1_000_000, 1_000_000)
      await killMidway(user, file)
      const changed = Buffer.from(content).fill('x', mebibyte / 2, 2 * mebibyte)
      writeFileSync(file, changed)
      const refused = await user.gsa(['drive', 'put', file, '--json']).ended
      expect([refused.exitCode, refused.error['code']]).toEqual([2, 'upload_of_other_content'])
      expect(await user.stored()).toEqual([])
      const again = await user.gsa(['drive', 'put', file, '--restart']).ended
      expect(again.exitCode, again.stderr).toBe(0)
      expect(await user.stored()).toMatchObject([{ name: 'notes', md5Checksum: md5Of(changed) }])
    }))

  test('resumes where it was', async () =>
    withDriveUser(async (user) => {
      const file = join(user.folder, 'notes')
      writeFileSync(file, content)
      await killMidway(user, file)
      const { exitCode, stderr } = await user.gsa(['drive', 'put', file]).ended
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Resuming the unfinished upload')])
      expect(new Set(puts(user.google.requests())).size).toBe(1)
      expect(await user.stored()).toMatchObject([{ name: 'notes', md5Checksum: md5Of(content) }])
    }))
})

const races = scaled(1, 25)

test(`two processes that upload the same file at the same time create one, or one each, ${races} times`, async ({
  annotate,
}) => {
  const random = seededRandom()
  const files = new Tally()
  for (let race = 0; race < races; race++)
    await withDriveUser(async (user) => {
      const content = contentOf(6 * mebibyte, random)
      const file = join(user.folder, 'notes')
      writeFileSync(file, content)
      // Delays the first one long enough for the other to meet it.
      user.google.arm({ on: 'upload', fault: 'upload-cut', bytes: below(content.length, random), times: 2 })
      const runs = [1, 2].map(() => user.gsa(['drive', 'put', file, '--json']))
      const ended = await Promise.all(runs.map((run) => run.ended))
      const [successes, others] = [ended.filter(isSuccess), ended.filter((run) => !isSuccess(run))]
      expect(successes.length).toBeGreaterThan(0)
      expect(others.map(({ exitCode, error }) => [exitCode, error['code']])).toEqual(
        others.map(() => [2, 'upload_running']),
      )
      expect((await user.stored()).map(({ md5Checksum }) => md5Checksum)).toEqual(successes.map(() => md5Of(content)))
      files.add(`${successes.length} made`)
    })
  await annotate(`files: ${files.text()}`)
}, 300_000)

const isSuccess = ({ exitCode }: Ended): boolean => exitCode === 0
