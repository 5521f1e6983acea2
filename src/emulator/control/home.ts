import { calledByForeignPage, calledByLoopbackName } from '../http/caller.ts'
import { type Call, noStore, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { homePage, refusedActionPage } from '../pages/home-page.ts'
import { carryOut } from './control.ts'

/** What a button of the page at `/` does: a control request, made of the fields of its form. */
interface PageAction {
  readonly request: string
  readonly body?: (form: URLSearchParams) => Readonly<Record<string, unknown>>
  readonly done: string
}

const text = (form: URLSearchParams, name: string): string => form.get(name) ?? ''

const pageActions: Record<string, PageAction> = {
  clock: {
    request: 'POST clock',
    body: (form) => ({ advance: text(form, 'advance') }),
    done: 'The clock moved forward.',
  },
  'keys/rotate': {
    request: 'POST keys/rotate',
    body: (form) => ({ retire: form.get('retire') === 'true' }),
    done: 'A new key signs from now on.',
  },
  faults: { request: 'POST faults', body: readFaultForm, done: 'The fault is armed.' },
  'faults/disarm': { request: 'DELETE faults', done: 'No fault is armed any more.' },
  'grants/revoke': {
    request: 'POST grants/revoke',
    body: (form) => ({ account: text(form, 'account'), project: text(form, 'project') }),
    done: 'The grant is revoked, and every token of it is dead.',
  },
  'tokens/end': {
    request: 'POST tokens/end',
    body: (form) => ({ token: text(form, 'token') }),
    done: 'The token is dead.',
  },
  reset: { request: 'POST reset', done: 'Everything is as it was at the start.' },
}

const prefix = '/emulator/page/'

/**
 * `GET /`: the page for people. Secrets are masked, so it may be seen from everywhere the emulator can
 * be reached; buttons may not.
 */
export async function homeEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const done = call.query.get('done') ?? ''
  const notice = Object.hasOwn(pageActions, done) ? pageActions[done]?.done : undefined
  return await homePage({ google, nowMs: google.clock.now(), buttons: calledByLoopbackName(call) }, notice)
}

/** `POST /emulator/page/…`: a button of that page. Answers 303 back to it. */
export async function homeActionEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  // A browser names the origin of every form it posts; whoever does not is none, and has the control API.
  if (!calledByLoopbackName(call) || call.headers.origin === undefined || calledByForeignPage(google, call))
    return refusedActionPage(403, 'This button works only from the emulator’s own page on the machine it runs on.')
  const name = call.path.slice(prefix.length)
  const action = Object.hasOwn(pageActions, name) ? pageActions[name] : undefined
  if (action === undefined) return refusedActionPage(404, 'The page has no such button.')
  try {
    await carryOut(google, action.request, action.body?.(call.form) ?? {})
  } catch (error) {
    if (error instanceof RangeError) return refusedActionPage(400, `The emulator says: ${error.message}.`)
    throw error
  }
  // No anchor: what was done is said at the top.
  const location = `/?done=${encodeURIComponent(name)}`
  return { status: 303, headers: { location, ...noStore }, body: '' }
}

/** The list of faults names the part and the fault in one value. */
function readFaultForm(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const [on, fault] = text(form, 'fault').split(' ')
  return { on, fault, times: Number(text(form, 'times')) }
}

/** Browsers ask every site for an icon; that is no request of the app under test, so it stays out of the journal. */
export function favicon(): Reply {
  return { status: 204, headers: { 'cache-control': 'max-age=86400' }, body: '' }
}
