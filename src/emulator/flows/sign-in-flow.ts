import { safeText } from '../../core/safe-to-print.ts'
import type { Flow, FlowStep, Party, PartyId } from '../../flows/flow.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { ClientType } from '../records/built-in.ts'
import type { SignInEvent } from '../records/sign-ins.ts'
import { outcomeOf } from './outcome.ts'
import { signInStepKind } from './steps.ts'
import { storyOf } from './story.ts'

/** A sign-in, and the requests that it led to. */
export interface SignInFlow extends Flow {
  /** The last part of its address, `/flows/ID`; entries of the journal name it as `signIn`. */
  readonly id: string
  readonly clientId?: string
  /** The email address. */
  readonly account?: string
}

/** The most steps of one flow; more would make a page that nobody can read. */
const mostSteps = 300

/** Returns the latest sign-ins, oldest first. */
export function signInFlows(google: LocalGoogle): readonly SignInFlow[] {
  return newestFlows(google, Number.POSITIVE_INFINITY).flows
}

/** Returns the newest sign-ins, oldest first, and the number of all. */
export function newestFlows(
  google: LocalGoogle,
  most: number,
): { readonly flows: readonly SignInFlow[]; readonly total: number } {
  const groups = [...eventsBySignIn(google)]
  return { flows: groups.slice(-most).map(([id, events]) => flowOf(google, id, events)), total: groups.length }
}

/** Returns one sign-in, or undefined if there is none with this id. */
export function signInFlow(google: LocalGoogle, id: string): SignInFlow | undefined {
  const events = google.signIns.events().filter(({ signIn }) => signIn === id)
  return events.length === 0 ? undefined : flowOf(google, id, events)
}

function eventsBySignIn({ signIns }: LocalGoogle): ReadonlyMap<string, readonly SignInEvent[]> {
  const groups = new Map<string, SignInEvent[]>()
  for (const event of signIns.events()) {
    const group = groups.get(event.signIn)
    if (group === undefined) groups.set(event.signIn, [event])
    else group.push(event)
  }
  return groups
}

function flowOf(google: LocalGoogle, id: string, events: readonly SignInEvent[]): SignInFlow {
  const clientId = events.map((event) => partiesOf(event).clientId).find((one) => one !== undefined)
  const account = events.map((event) => partiesOf(event).account).findLast((one) => one !== undefined)
  const client = clientId === undefined ? undefined : google.state.clients.get(clientId)
  const { steps: all, startedMs } = storyOf(events)
  const steps = shortened(all)
  const name = client?.name ?? clientId ?? 'an unknown client'
  const app = events.map((event) => ('platform' in event ? event.platform : undefined)).find((one) => one !== undefined)
  return {
    version: 1,
    id,
    ...(clientId !== undefined && { clientId }),
    ...(account !== undefined && { account }),
    title: safeText(account === undefined ? `Sign-in to ${name}` : `Sign-in of ${account} to ${name}`),
    purpose: 'A user lets an app use a Google account, and the app gets tokens.',
    writer: 'gsa emulator',
    startedAt: new Date(startedMs).toISOString(),
    tookMs: steps.at(-1)?.atMs ?? 0,
    parties: partiesIn(steps, app, client?.type),
    outcome: outcomeOf(steps, account),
    steps,
  }
}

function partiesOf(event: SignInEvent): { readonly clientId?: string; readonly account?: string } {
  return 'entry' in event ? event.entry : event
}

const appNames: Readonly<Record<string, string>> = { android: 'Android app', ios: 'iOS app', 'web-popup': 'Web page' }
const backendNames: Readonly<Record<ClientType, string>> = { web: 'Your backend', desktop: 'Your app', tv: 'Device' }

function partiesIn(steps: readonly FlowStep[], app = '', type: ClientType = 'web'): readonly Party[] {
  const names: Readonly<Record<Exclude<PartyId, 'gsa'>, string>> = {
    app: appNames[app] ?? 'App',
    browser: 'Browser',
    backend: backendNames[type],
    server: 'Google (emulator)',
  }
  const present = new Set(steps.flatMap(({ from, to }) => [from, to]))
  const order = ['app', 'browser', 'backend', 'server'] as const
  return order.filter((party) => present.has(party)).map((party) => ({ id: party, name: names[party] }))
}

/** Leaves out the steps in the middle of a very long flow. */
function shortened(steps: readonly FlowStep[]): readonly FlowStep[] {
  if (steps.length <= mostSteps) return steps
  const half = mostSteps / 2
  const [number, atMs] = [half + 1, steps[half]?.atMs ?? 0]
  const note = { ...signInStepKind('omitted'), name: 'omitted', number, atMs, fields: [], checks: [] }
  const title = `${steps.length - mostSteps} more steps`
  return [...steps.slice(0, half), { ...note, title }, ...steps.slice(-half)]
}
