import type { Plan } from './carry-out-plans.ts'
import { below, contentOf, type Fault, oneOf } from './drive-user.ts'
import { seededRandom } from './scale.ts'

const mebibyte = 1024 * 1024
// Up to this size, the content is sent in one request.
const largestSimple = 5 * mebibyte

/** The faults of an upload. */
type Trouble = Pick<Plan, 'faults' | 'signal' | 'heldMs'>

/** The command line of an upload, and its faults. */
export interface UploadPlan extends Plan {
  readonly name: string
  readonly from: 'file' | 'stdin'
  /** `old`: with --replace, and a file of that name exists. `none`: with --replace, and none exists. */
  readonly replaces: 'old' | 'none' | undefined
}

type MakeTrouble = (random: () => number, bytes: number) => Trouble

/** A fault of the requests that carry the upload, in the first one or, if there are several, in the second. */
const once =
  (fault: string, more: Partial<Fault> = {}): MakeTrouble =>
  (random, bytes) => ({
    faults: [{ on: 'upload', fault, after: bytes > largestSimple ? below(2, random) : 0, ...more }],
  })

/** A fault of a transfer, at a random place in the content. */
const within =
  (fault: string): MakeTrouble =>
  (random, bytes) => ({
    faults: [{ on: 'upload', fault, bytes: below(bytes, random), times: 1 + below(3, random) }],
  })

const signalled =
  (signal: NodeJS.Signals): MakeTrouble =>
  (random, bytes) =>
    random() < 0.3 ? { signal, faults: [] } : { ...within('upload-cut')(random, bytes), signal, heldMs: 1000 }

/** The faults of uploads, by name; some need a resumable upload. */
const troubles: Readonly<Record<string, { make: MakeTrouble; isForSessions?: true }>> = {
  'connection cut': { make: within('upload-cut'), isForSessions: true },
  '308 with less': { make: within('upload-short'), isForSessions: true },
  'kill -9': { make: signalled('SIGKILL') },
  'session expired': { make: once('upload-session-expired', { after: 0 }), isForSessions: true },
  'HTTP 500': { make: once('http-500') },
  'connection reset': { make: once('reset') },
  'HTTP 503': { make: once('http-503') },
  'kill -9, again': { make: signalled('SIGKILL') },
  'answer lost': { make: once('lost-answer') },
  'answer cut': { make: once('truncated', { after: 0 }) },
  'session expired after a cut': {
    isForSessions: true,
    make: (random, bytes) => ({
      faults: [
        ...within('upload-cut')(random, bytes).faults,
        { on: 'upload', fault: 'upload-session-expired', after: 1 + below(2, random) },
      ],
    }),
  },
  'kill -9, once more': { make: signalled('SIGKILL') },
  'Retry-After': { make: once('retry-after', { seconds: 1 }) },
  '401 in the middle': { make: once('invalid-credentials', { after: 0 }) },
  interrupted: { make: signalled('SIGINT') },
  'no id': {
    make: (random) => ({
      faults: [{ on: 'drive', fault: oneOf(['http-503', 'reset', 'lost-answer', 'truncated'], random) }],
    }),
  },
  'out for ten minutes': { make: once('http-503', { seconds: 600 }) },
  'every session expired': { make: once('upload-session-expired', { after: 0, times: 9 }), isForSessions: true },
  'storage full': { make: once('storage-full', { after: 0 }) },
  'kill -9, at last': { make: signalled('SIGKILL') },
  'captive portal': { make: once('html-error') },
  'answer broken': { make: once('invalid-json', { after: 0 }) },
  'refused twice': { make: once('invalid-credentials', { after: 0, times: 2 }) },
  'everything once': {
    isForSessions: true,
    make: (random, bytes) => ({
      faults: ['http-500', 'reset', 'lost-answer', 'http-503'].map((fault) => ({
        on: 'upload',
        fault,
        after: below(4, random),
        bytes: below(bytes, random),
      })),
    }),
  },
}

/** Faults that make the program wait for half a minute or more: for the full proof only. */
const slowTroubles: Readonly<Record<string, { make: MakeTrouble; isForSessions?: true }>> = {
  hang: { make: once('hang'), isForSessions: true },
  stall: { make: once('stall', { after: 0 }), isForSessions: true },
  outage: { make: once('http-500', { times: 9 }), isForSessions: true },
}
const slowEvery = 42

/** Returns so many plans: every fault in turn, and sometimes a second one. */
export function uploadPlans(count: number): readonly UploadPlan[] {
  const random = seededRandom()
  const usual = Object.keys(troubles)
  const slow = Object.keys(slowTroubles)
  return Array.from({ length: count }, (_, at) => {
    const isSlow = at % slowEvery === slowEvery - 1
    const name = isSlow ? slow[Math.floor(at / slowEvery) % slow.length]! : usual[at % usual.length]!
    const { make, isForSessions } = (isSlow ? slowTroubles : troubles)[name]!
    const isSimple = isForSessions !== true && random() < 0.15
    const bytes = isSimple ? 1 + below(largestSimple, random) : largestSimple + 1 + below(7 * mebibyte, random)
    const trouble = make(random, bytes)
    const another =
      random() < 0.3
        ? once(oneOf(['http-500', 'reset', 'lost-answer'], random), { after: below(4, random) })
        : undefined
    const from = random() < 0.2 ? 'stdin' : 'file'
    const replaces = oneOf(['old', 'none', undefined, undefined, undefined, undefined] as const, random)
    return {
      ...trouble,
      name: `upload-${at}`,
      trouble: name,
      content: contentOf(bytes, random),
      from,
      // A request in flight when the program is killed may still create a file, and a second stream another one.
      replaces: from === 'stdin' && trouble.signal !== undefined ? (replaces ?? 'none') : replaces,
      moment: random(),
      faults: [...trouble.faults, ...(another?.(random, bytes).faults ?? [])],
    }
  })
}
