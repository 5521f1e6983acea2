import { Exit, Failure, isFailure, problemOf } from '../failures/index.ts'
import type { Http, HttpResponse } from '../http/request.ts'
import { responseFacets } from './response-facets.ts'
import { type Difference, differencesOf } from './differences.ts'
import { deleteFiles } from './delete-files.ts'
import type { Probe } from './probe.ts'
import { type ComparedServer, createSide, type Lack, newRun, originsOf, responseTo, type Side } from './side.ts'

/** The result of a probe. */
export interface ProbeResult {
  readonly name: string
  readonly result: 'same' | 'different' | 'failed' | 'left out'
  /** For a failed probe: one entry, for its request. */
  readonly differences: readonly Difference[]
  /** Why a probe was left out. */
  readonly reason?: string
}

/** The options of {@link compareServers}. */
export interface ComparisonOptions {
  readonly http: Http
  /** For deleting files; not aborted by an interruption. */
  readonly lastingHttp: Http
  /** All probes: the chosen ones may need others. */
  readonly probes: readonly Probe[]
  readonly isChosen: (probe: Probe) => boolean
  /** Whether each chosen probe was named, so that none may be left out. */
  readonly isNamed: boolean
  /** Called at the end with the name of a server and the name of files that could not be deleted there. */
  readonly onFilesLeft: (server: string, name: string) => void
}

/**
 * Sends each chosen probe to both servers, one after the other, and yields what differs. At the end it deletes the
 * files that it has created, whatever happens.
 * @throws Failure `interrupted`, and of the groups usage, store and bug
 */
export async function* compareServers(
  target: ComparedServer,
  other: ComparedServer,
  options: ComparisonOptions,
): AsyncGenerator<ProbeResult> {
  const run = newRun()
  const sides = [target, other].map((server) => createSide(server, options.http, options.probes, run)) as [Side, Side]
  try {
    for (const probe of options.probes) if (options.isChosen(probe)) yield await compareResponses(sides, probe, options)
  } finally {
    for (const side of sides) {
      const left = await deleteFiles(side, options.lastingHttp)
      if (left !== undefined) options.onFilesLeft(side.server.name, left)
    }
  }
}

async function compareResponses(
  sides: readonly [Side, Side],
  probe: Probe,
  { isNamed }: ComparisonOptions,
): Promise<ProbeResult> {
  const { name } = probe
  const one = await outcomeOf(sides[0], probe)
  const two = await outcomeOf(sides[1], probe)
  if ('status' in one && 'status' in two) {
    const [first, second] = [facets(sides[0], probe, one), facets(sides[1], probe, two)]
    const differences = differencesOf(first, second)
    return { name, result: differences.length === 0 ? 'same' : 'different', differences }
  }
  const lacks = [one, two].filter((outcome) => 'lack' in outcome)
  const expected = lacks.find(({ isUnexpected }) => !isUnexpected) ?? (lacks.length === 2 ? lacks[0] : undefined)
  if (expected !== undefined && !isNamed) return { name, result: 'left out', differences: [], reason: expected.lack }
  return {
    name,
    result: 'failed',
    differences: [{ what: 'request', target: described(one), with: described(two) }],
  }
}

/** The outcome of a probe at one server. */
type Outcome = HttpResponse | Lack | { readonly problem: string }

async function outcomeOf(side: Side, probe: Probe): Promise<Outcome> {
  try {
    const response = await responseTo(side, probe)
    const limit = 'lack' in response ? undefined : rateLimit(response)
    return limit === undefined ? response : { problem: limit }
  } catch (error) {
    const isOfServer =
      error instanceof Failure &&
      [Exit.Network, Exit.Refused, Exit.LoginRequired].some((exit) => exit === error.exitCode)
    if (!isOfServer || isFailure(error, 'interrupted')) throw error
    return { problem: problemOf(error) }
  }
}

const rateLimits = /"(?:reason|error|error_code)": *"(\w*rate_?limit\w*|dailyLimitExceeded|quotaExceeded)"/i

/** Returns the rate limit that a response reports; its server did not look at the request. */
function rateLimit({ status, body }: HttpResponse): string | undefined {
  const reason = status === 403 || status === 429 ? rateLimits.exec(body.toString('latin1'))?.[1] : undefined
  return status === 429 || reason !== undefined ? `rate limit (${[status, reason].join(' ').trim()})` : undefined
}

function described(outcome: Outcome): string {
  if ('status' in outcome) return `response with status ${outcome.status}`
  return 'lack' in outcome ? outcome.lack : outcome.problem
}

function facets(
  { server, values }: Side,
  { byForm = [] }: Probe,
  response: HttpResponse,
): ReturnType<typeof responseFacets> {
  return responseFacets(response, { origins: originsOf(server), values, byForm: new Set(byForm) })
}
