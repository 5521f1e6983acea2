import { monotonicMs } from '../core/monotonic-ms.ts'
import type { FlowEvent, Trace } from './event.ts'
import { withMeanings } from './field-meanings.ts'
import type { Flow, FlowField, FlowOutcome, FlowStep, Party, PartyId } from './flow.ts'
import { createRedaction } from './redaction.ts'
import { expectsTokens, stepKinds, type StepName, stepOfRequest, stepOfResponse } from './steps.ts'

/** Collects what happens in a flow. */
export interface Recorder {
  readonly trace: Trace
  /** Returns the flow until now. The outcome's step is found here: where a failed flow stopped. */
  flow(outcome: Omit<FlowOutcome, 'step'>): Flow
}

const names: Readonly<Record<Exclude<PartyId, 'server'>, string>> = {
  app: 'App',
  browser: 'Browser',
  backend: 'Backend',
  gsa: 'gsa',
}
const order: readonly PartyId[] = ['app', 'browser', 'backend', 'gsa', 'server']
const googleHost = /(?:^|\.)(?:google|googleapis)\.com$/

/**
 * Returns a recorder for one run.
 * @param about what the flow begins with
 * @param now Unix time in milliseconds
 */
export function createRecorder(
  about: Pick<Flow, 'title' | 'purpose' | 'command' | 'writer'>,
  now: () => number,
): Recorder {
  const startedAt = new Date(now()).toISOString()
  const started = monotonicMs()
  const steps: Omit<FlowStep, 'number'>[] = []
  const redaction = createRedaction()
  let lastRequest: StepName = 'other-request'
  let host: string | undefined
  return {
    trace(event, secrets = []) {
      redaction.learn(secrets)
      const atMs = Math.round(monotonicMs() - started)
      if (event.type === 'request') {
        host ??= URL.canParse(event.address) ? new URL(event.address).host : undefined
        lastRequest = requestName(event)
      }
      steps.push({ ...stepOf(event, lastRequest), atMs })
    },
    flow(outcome) {
      const tookMs = Math.round(monotonicMs() - started)
      const isFailed = outcome.result === 'failed'
      const all = isFailed && isUnexplained(steps) ? [...steps, { ...stopped, atMs: tookMs }] : steps
      const numbered = withoutPolls(all).map((step, at) => ({ ...step, number: at + 1 }))
      const stoppedAt = isFailed ? lastOwn(numbered)?.number : undefined
      // At the end: a response may repeat a secret before gsa knows it.
      return redaction.clean({
        version: 1,
        ...about,
        startedAt,
        tookMs,
        parties: partiesOf(numbered, host),
        outcome: { ...outcome, ...(stoppedAt !== undefined && { step: stoppedAt }) },
        steps: numbered,
      })
    },
  }
}

type Request = Extract<FlowEvent, { readonly type: 'request' }>

function requestName({ address, fields }: Request): StepName {
  const grantType = fields.find(({ name, place }) => name === 'grant_type' && place === 'form')?.value
  return stepOfRequest(URL.canParse(address) ? new URL(address).pathname : address, grantType)
}

function stepOf(event: FlowEvent, lastRequest: StepName): Omit<FlowStep, 'number' | 'atMs'> {
  if (event.type === 'request')
    return stepWith(lastRequest, { line: `${event.method} ${event.address}`, fields: withMeanings(event.fields) })
  if (event.type === 'response') {
    const { status, tookMs, fields } = event
    const member = (wanted: string): FlowField | undefined =>
      fields.find(({ name, place }) => name === wanted && place === 'body')
    const error = member('error')?.value
    const hasTokens = member('access_token') !== undefined
    const name = stepOfResponse(lastRequest, { status, error, hasTokens })
    const isRefused = expectsTokens(lastRequest) && !hasTokens
    const isError = name !== 'pending' && (status >= 400 || isRefused)
    return stepWith(name, { line: String(status), tookMs: Math.round(tookMs), isError, fields: withMeanings(fields) })
  }
  const { name, line, fields = [], checks = [], isError = false } = event
  return stepWith(name, {
    ...(line !== undefined && { line }),
    fields: withMeanings(fields),
    checks,
    isError,
  })
}

function stepWith(
  name: StepName,
  { isError = false, ...rest }: Partial<FlowStep> & Pick<FlowStep, 'fields'>,
): Omit<FlowStep, 'number' | 'atMs'> {
  return { name, ...stepKinds[name], checks: [], ...rest, ...(isError && { isError }) }
}

type Unnumbered = Omit<FlowStep, 'number'>

/** Returns the steps with the same poll and response only once, and how often they happened. */
function withoutPolls(steps: readonly Unnumbered[]): readonly Unnumbered[] {
  const kept: Unnumbered[] = []
  for (const one of steps) {
    kept.push(one)
    const [beforePoll, beforeAnswer, poll, answer] = kept.slice(-4)
    if (beforePoll === undefined || beforeAnswer === undefined || poll === undefined || answer === undefined) continue
    if (![beforeAnswer, answer].every(({ name }) => name === 'pending') || errorOf(beforeAnswer) !== errorOf(answer))
      continue
    const times = (beforePoll.times ?? 1) + 1
    kept.splice(-4, 4, { ...beforePoll, times }, { ...beforeAnswer, times })
  }
  return kept
}

function errorOf({ fields }: Unnumbered): string | undefined {
  return fields.find(({ name }) => name === 'error')?.value
}

// These steps tell others about a failure; it happened before.
const tellsOthers: ReadonlySet<string> = new Set(['result-page', 'code-answer'])

const stopped = stepWith('stopped', { fields: [], isError: true })

/** Returns the last step that is part of the flow itself. */
function lastOwn<Step extends Unnumbered>(steps: readonly Step[]): Step | undefined {
  return steps.findLast(({ name }) => !tellsOthers.has(name))
}

/** Returns whether the last step of a failed flow does not show why: no error, and no request without a response. */
function isUnexplained(steps: readonly Unnumbered[]): boolean {
  const last = lastOwn(steps)
  return last?.isError !== true && last?.kind !== 'request' && last?.kind !== 'unseen'
}

function partiesOf(steps: readonly FlowStep[], host: string | undefined): readonly Party[] {
  const seen = new Set(steps.flatMap(({ from, to }) => [from, to]))
  const server: Omit<Party, 'id'> =
    host === undefined || googleHost.test(host)
      ? { name: 'Google' }
      : { name: 'Server', detail: `${host}, in place of Google: where this page says Google, that server answered` }
  return order.filter((id) => seen.has(id)).map((id) => ({ id, ...(id === 'server' ? server : { name: names[id] }) }))
}
