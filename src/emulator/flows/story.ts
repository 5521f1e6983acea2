import type { FlowCheck, FlowField, FlowStep } from '../../flows/flow.ts'
import { expectsTokens, type StepName, stepOfResponse } from '../../flows/steps.ts'
import type { SignInCode, SignInEvent, SignInRequest } from '../records/sign-ins.ts'
import { storageRelayOf } from '../records/storage-relay.ts'
import { answerFields, requestFields, secretField } from './fields.ts'
import { signInStepKind, type SignInStepName, stepOfEntry } from './steps.ts'
import { codeChecks, type CodeFacts, refreshChecks } from './token-checks.ts'

/** The steps so far, and what is known about the latest code. Mutable: each event adds to it. */
interface Story {
  readonly steps: FlowStep[]
  readonly startedMs: number
  facts: CodeFacts
}

/** Requests that a picture shows once and counts, if they repeat with the same result. */
const repeatable: ReadonlySet<string> = new Set(['device-poll', 'userinfo-request', 'drive-request', 'other-request'])

/** Turns what the emulator saw of a sign-in into steps, and adds those that it could not see. */
export function storyOf(events: readonly SignInEvent[]): Pick<Story, 'startedMs'> & {
  readonly steps: readonly FlowStep[]
} {
  const [first] = events
  const startedMs = first === undefined ? 0 : timeOf(first)
  const story: Story = { steps: [], startedMs, facts: {} }
  for (const event of events) {
    if ('entry' in event) tellRequest(story, event)
    else tellCode(story, event)
  }
  return story
}

function tellCode(story: Story, event: SignInCode): void {
  const { clientId, redirectUri, platform, scope, codeLength } = event
  const atMs = timeOf(event)
  story.facts = { clientId, redirectUri, issuedMs: atMs }
  const detail = (name: string, value: string): FlowField => ({ name, value, place: 'detail' })
  const bound = { ...detail('redirect_uri', redirectUri), meaning: 'The code is bound to it.' }
  add(story, 'app-request', atMs, { fields: [detail('platform', platform), detail('client_id', clientId)] })
  add(story, 'app-code', atMs, { fields: [secretField('code', codeLength, 'detail'), detail('scope', scope), bound] })
  add(story, 'code-sent', atMs)
}

function tellRequest(story: Story, request: SignInRequest): void {
  const { entry, members, tookMs } = request
  const atMs = timeOf(request)
  const name = stepOfEntry(entry)
  if (name === 'authorization-request') beginAuthorization(story, request)
  const at = story.steps.length
  // The address of the page repeats the authorization request.
  const fields = name === 'sign-in' ? [] : requestFields(request)
  add(story, name, atMs, { line: `${entry.method} ${entry.path}`, fields })
  const response = responseName(name, request)
  const { from, to } = signInStepKind(name)
  const endMs = atMs + tookMs
  const checks = checksOf(name, request, story.facts)
  add(story, response, endMs, {
    from: to,
    to: from,
    ...(entry.status > 0 && { line: String(entry.status), tookMs: endMs - atMs, fields: saidBy(request, response) }),
    ...(isError(response, request) && { isError: true }),
    ...(entry.faults !== undefined && { faults: entry.faults }),
    checks,
  })
  if (usesCodeUp(request, checks, story.facts)) story.facts = { ...story.facts, usedIn: story.steps.length }
  countRepetition(story, at)
  if (response === 'device-code') add(story, 'user-code', endMs)
  if (response !== 'authorization-response') return
  if (members['code'] !== undefined) {
    const { usedIn: _usedIn, ...facts } = story.facts
    story.facts = { ...facts, issuedMs: endMs }
  }
  add(story, 'redirect-followed', endMs)
}

/** Remembers what the code will be bound to. */
function beginAuthorization(story: Story, { entry }: SignInRequest): void {
  const sent = { ...entry.query, ...entry.form }
  const uri = sent['redirect_uri'] ?? ''
  const redirectUri = storageRelayOf(uri) === undefined ? uri : 'postmessage'
  story.facts = { clientId: entry.clientId, redirectUri, hasChallenge: Boolean(sent['code_challenge']) }
  add(story, 'login-start', Date.parse(entry.time))
}

function checksOf(name: SignInStepName, request: SignInRequest, facts: CodeFacts): readonly FlowCheck[] {
  if (name === 'token-request') return codeChecks(request, facts)
  return name === 'refresh-request' ? refreshChecks(request) : []
}

/** Returns whether a request used its code up: any attempt by the client itself that gets to the redirect URI does. */
function usesCodeUp({ entry }: SignInRequest, checks: readonly FlowCheck[], facts: CodeFacts): boolean {
  if (facts.usedIn !== undefined || facts.issuedMs === undefined || facts.clientId !== entry.clientId) return false
  const resultOf = (start: string): FlowCheck['result'] | undefined =>
    checks.find(({ what }) => what.startsWith(start))?.result
  return resultOf('the code') === 'passed' && resultOf('redirect_uri') !== 'not checked'
}

function add(
  { steps, startedMs }: Story,
  name: SignInStepName,
  timeMs: number,
  more: Partial<Omit<FlowStep, 'name' | 'number' | 'atMs'>> = {},
): void {
  const number = steps.length + 1
  steps.push({ number, atMs: timeMs - startedMs, ...signInStepKind(name), name, fields: [], checks: [], ...more })
}

/** Counts the request and the response at an index, if they only repeat the two before them. */
function countRepetition({ steps }: Story, at: number): void {
  const [request, response, again, answered] = steps.slice(Math.max(0, at - 2))
  if (request === undefined || response === undefined || again === undefined || answered === undefined) return
  if (!repeatable.has(again.name) || again.name !== request.name || answered.name !== response.name) return
  if (answered.line !== response.line || (answered.faults ?? response.faults) !== undefined) return
  steps.splice(at - 2, 4, { ...request, times: (request.times ?? 1) + 1 }, response)
}

function timeOf(event: SignInEvent): number {
  return Date.parse('entry' in event ? event.entry.time : event.time)
}

function responseName(name: SignInStepName, { entry, members }: SignInRequest): SignInStepName {
  const { status, error } = entry
  if (status === 0) return 'no-response'
  if (name !== 'authorization-request' && name !== 'consent')
    return stepOfResponse(name as StepName, { status, error, hasTokens: members['access_token'] !== undefined })
  // Only the emulator's error page has a description; the app does not get one.
  if ('error_description' in members) return 'error-page'
  if (status >= 400) return 'error-response'
  return Object.keys(members).length > 0 ? 'authorization-response' : 'response'
}

/** Returns what a response said, or the code of its error if nothing else is known. */
function saidBy({ entry, members }: SignInRequest, response: SignInStepName): readonly FlowField[] {
  const fields = answerFields(members, response === 'authorization-response' ? 'query' : 'body')
  if (fields.length > 0 || entry.error === undefined) return fields
  return [{ name: 'error', value: entry.error, place: 'body' }]
}

function isError(response: SignInStepName, { entry, members }: SignInRequest): boolean {
  if (response.startsWith('error-') || 'error' in members) return response !== 'pending'
  // A fault may answer with something else than tokens, and status 200.
  if (response === 'response' && expectsTokens(stepOfEntry(entry) as StepName)) return true
  return response === 'no-response' && entry.faults !== undefined
}
