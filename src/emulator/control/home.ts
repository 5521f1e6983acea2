import { calledByForeignPage, calledByLoopbackName } from '../http/caller.ts'
import { type Call, noStore, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { codePage } from '../pages/code-page.ts'
import { homePage, refusedActionPage } from '../pages/home-page.ts'
import { isRecord, textOf } from '../records/input.ts'
import { accountNamed } from '../records/state.ts'
import { carryOut } from './control.ts'

/** The action of a button on the page at `/`: a control request, built from the fields of its form. */
interface PageAction {
  readonly request: string
  readonly body?: (form: URLSearchParams) => Readonly<Record<string, unknown>>
  /** The sentence that confirms it on the home page. */
  readonly done?: string
  /** Returns a page of its own with the result, instead of going back to the home page. */
  readonly page?: (google: LocalGoogle, result: unknown, form: URLSearchParams) => Reply
}

const text = (form: URLSearchParams, name: string): string => form.get(name) ?? ''

const pageActions: Record<string, PageAction> = {
  codes: { request: 'POST codes', body: readCodeForm, page: newCodePage },
  clock: {
    request: 'POST clock',
    body: (form) => ({ advance: text(form, 'advance') }),
    done: 'The clock has moved forward.',
  },
  'keys/rotate': {
    request: 'POST keys/rotate',
    body: (form) => ({ retire: form.get('retire') === 'true' }),
    done: 'New tokens are signed with a new key.',
  },
  faults: { request: 'POST faults', body: readFaultForm, done: 'The fault is armed.' },
  'faults/disarm': { request: 'DELETE faults', done: 'All faults are disarmed.' },
  'grants/revoke': {
    request: 'POST grants/revoke',
    body: (form) => ({ account: text(form, 'account'), project: text(form, 'project') }),
    done: 'The grant and all its tokens are revoked.',
  },
  'tokens/end': {
    request: 'POST tokens/end',
    body: (form) => ({ token: text(form, 'token') }),
    done: 'The token has ended.',
  },
  reset: { request: 'POST reset', done: 'The emulator is back in its initial state.' },
}

const prefix = '/emulator/page/'

/**
 * Handles `GET /`, the home page. Secrets are masked, so the page is visible wherever the emulator can be reached; its
 * buttons work on this machine only.
 */
export async function homeEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const done = call.query.get('done') ?? ''
  const notice = Object.hasOwn(pageActions, done) ? pageActions[done]?.done : undefined
  const view = { google, nowMs: google.clock.now(), buttons: calledByLoopbackName(call), query: call.query }
  return await homePage(view, notice)
}

/** Handles `POST /emulator/page/…`, a button on that page. Most redirect back to the page with 303. */
export async function homeActionEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  // A browser sends an Origin with every form it posts. Other callers have the control API.
  if (!calledByLoopbackName(call) || call.headers.origin === undefined || calledByForeignPage(google, call))
    return refusedActionPage(403, 'This button works only from the emulator’s own page on the machine it runs on.')
  const name = call.path.slice(prefix.length)
  const action = Object.hasOwn(pageActions, name) ? pageActions[name] : undefined
  if (action === undefined) return refusedActionPage(404, 'The page has no such button.')
  try {
    const result = await carryOut(google, action.request, action.body?.(call.form) ?? {})
    if (action.page !== undefined) return action.page(google, result, call.form)
  } catch (error) {
    if (error instanceof RangeError) return refusedActionPage(400, `The emulator reported: ${error.message}.`)
    throw error
  }
  // No anchor: the confirmation is at the top of the page.
  const location = `/?done=${encodeURIComponent(name)}`
  return { status: 303, headers: { location, ...noStore }, body: '' }
}

/** Reads the fault form; its list puts the part and the fault's name into one value. Empty settings are left out. */
function readFaultForm(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const [on, fault] = text(form, 'fault').split(' ')
  const given = ['after', 'seconds', 'bytes'].filter((name) => text(form, name) !== '')
  return {
    on,
    fault,
    times: Number(text(form, 'times')),
    ...Object.fromEntries(given.map((name) => [name, Number(text(form, name))])),
  }
}

function readCodeForm(form: URLSearchParams): Readonly<Record<string, unknown>> {
  const typed = text(form, 'scopes')
    .split(/[\s,]+/)
    .filter(Boolean)
  return {
    account: text(form, 'account'),
    clientId: text(form, 'clientId'),
    platform: text(form, 'platform'),
    scopes: [...form.getAll('scope'), ...typed],
    forceRefreshToken: form.has('forceRefreshToken'),
  }
}

function newCodePage(google: LocalGoogle, result: unknown, form: URLSearchParams): Reply {
  const client = google.state.clients.get(text(form, 'clientId'))
  if (!isRecord(result) || client === undefined) throw new Error('there is no new code')
  const { email } = accountNamed(google.state, text(form, 'account'))
  const code = textOf(result, 'code') ?? ''
  const { address, caFile, issuer } = google
  return codePage({ address, caFile, issuer, code, client, email, platform: text(form, 'platform') })
}

/** Responds to icon requests. Browsers send them to every site, so they stay out of the journal. */
export function favicon(): Reply {
  return { status: 204, headers: { 'cache-control': 'max-age=86400' }, body: '' }
}
