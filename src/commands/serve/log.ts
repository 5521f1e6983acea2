import type { CodeRequest } from '../../backend/code-request.ts'
import type { Redemption } from '../../backend/redeem-once.ts'
import type { Verdict } from '../../backend/respond.ts'
import { humanDuration } from '../../core/human-duration.ts'
import { safeJson, safeText } from '../../core/safe-to-print.ts'
import { Failure, isFailure, masked } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import type { Output } from '../../terminal/output.ts'
import { refreshTokenText } from '../shared/grant-report.ts'

/** The formats of `--log`. */
export const logFormats = ['text', 'json'] as const

/** The log of `gsa serve`, on standard error. No entry has a secret. */
export interface ServeLog {
  /** Logs that it listens at an address. */
  started(url: string): void
  request(verdict: Verdict): void
  /** Logs something that needs attention, at most once in ten seconds. */
  trouble(sentence: string): void
  /** Logs that it stops, and how long it still accepts codes. */
  stopping(drainMs: number): void
  stopped(): void
}

/** Returns the log for people: the time of day, and a sentence. */
export function textLog(context: Context): ServeLog {
  const { output } = context
  const timed = (text: string): string => `${timeOfDay(context)}  ${text}`
  const say = (text: string, leftOut = 0): void =>
    output.log(leftOut === 0 ? text : `${text}\n          ${leftOut} more such entries were not logged.`)
  const saySparsely = sparsely(context, say)
  return {
    started: () => undefined,
    request: (verdict) => {
      const text = verdictText(verdict, context)
      const kind = kindFromStrangers(verdict)
      if (kind === undefined) say(text)
      else saySparsely(kind, text)
    },
    trouble: (sentence) => saySparsely(sentence, timed(sentence)),
    stopping: (drainMs) => {
      if (drainMs > 0)
        say(timed(`Stopping in ${humanDuration(drainMs)}. Until then, it accepts codes, and /healthz answers 503.`))
    },
    stopped: () => undefined,
  }
}

/** An entry of the JSON log, besides its time. */
interface Entry {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: 'start' | 'request' | 'trouble' | 'notice' | 'stopping' | 'stop'
  readonly [name: string]: unknown
}

/** Returns the log for programs: one JSON object per line. */
export function jsonLog(context: Context): ServeLog {
  const say = writerOf(context)
  const saySparsely = sparsely(context, (entry: Entry, leftOut) => say(leftOut === 0 ? entry : { ...entry, leftOut }))
  return {
    started: (url) => say({ level: 'info', event: 'start', url }),
    request: (verdict) => {
      const kind = kindFromStrangers(verdict)
      if (kind === undefined) say(requestEntry(verdict))
      else saySparsely(kind, requestEntry(verdict))
    },
    trouble: (sentence) => saySparsely(sentence, { level: 'error', event: 'trouble', message: masked(sentence) }),
    stopping: (drainMs) => say({ level: 'info', event: 'stopping', drainMs }),
    stopped: () => say({ level: 'info', event: 'stop' }),
  }
}

/** Returns the context with notes about servers and the store as entries of the JSON log. */
export function withNotesInJson(context: Context): Context {
  const { output } = context
  const say = writerOf(context)
  const important: Output['important'] = (text) => say({ level: 'warn', event: 'notice', message: masked(text) })
  return {
    ...context,
    output: {
      ...output,
      important,
      notice: (text, isOnThisMachine, hasNoSecret) =>
        isOnThisMachine ? output.notice(text, isOnThisMachine, hasNoSecret) : important(text),
    },
  }
}

function writerOf({ now, output }: Context): (entry: Entry) => void {
  return (entry) => output.logLine(safeJson({ time: new Date(now()).toISOString(), ...entry }))
}

function requestEntry({ method, path, status, ms, requestId, outcome }: Verdict): Entry {
  return {
    level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
    event: 'request',
    method: masked(method.slice(0, 10)),
    path: masked(path.slice(0, 80)),
    status,
    ms,
    requestId,
    ...outcomeMembers(outcome),
  }
}

function outcomeMembers(outcome: Verdict['outcome']): Readonly<Record<string, unknown>> {
  if (outcome === 'preflight') return { outcome }
  if (outcome instanceof Failure)
    return { error: outcome.code, ...(outcome.codeState === undefined ? {} : { codeState: outcome.codeState }) }
  const { document, isRepeated } = outcome
  return { account: document['sub'], outcome: 'redeemed', repeated: isRepeated }
}

/** Returns the time of day for a log line. */
function timeOfDay({ now }: Context): string {
  return new Date(now()).toTimeString().slice(0, 8)
}

/** Formats a request and its outcome, followed by what to do about it. */
function verdictText({ method, path, status, request, outcome }: Verdict, context: Context): string {
  const { noteStyle } = context.output
  const paint = status < 400 ? noteStyle.green : noteStyle.red
  const lines = outcomeLines(outcome, request)
  const head = `${timeOfDay(context)}  ${safeText(method.slice(0, 10))} ${safeText(path.slice(0, 40))}`
  return [
    `${head}  ${paint(String(status))}  ${lines[0] ?? ''}`,
    ...lines.slice(1).map((line) => `          ${line}`),
  ].join('\n')
}

function outcomeLines(
  outcome: Redemption | Failure | 'preflight',
  request: CodeRequest | undefined,
): readonly string[] {
  if (outcome === 'preflight') return ['The browser asked whether the page may send a code (CORS preflight).']
  if (outcome instanceof Failure) return [outcome.causeText, outcome.fix]
  const { grant } = outcome
  const name = safeText(outcome.name)
  if (grant === undefined) return [`${name}: received the same code again; repeated the response, sent nothing.`]
  return [
    `${name}: code from ${request?.origin === 'web-popup' ? 'the web pop-up' : 'a phone'}, refresh token ${refreshTokenText(grant)}.`,
    ...grant.warnings.map(({ message, fix }) => `Warning: ${safeText(message)} ${safeText(fix)}`),
  ]
}

/** Returns the kind of an entry that strangers can cause at will: both are sent before the sender is known. */
function kindFromStrangers({ outcome }: Verdict): string | undefined {
  return isFailure(outcome, 'request_user_foreign') || isFailure(outcome, 'server_stopping') ? outcome.code : undefined
}

const sparseMs = 10_000

/**
 * Returns a function that says at most one entry of each kind in ten seconds, with the number of entries left out
 * before it.
 */
function sparsely<T>({ now }: Context, say: (entry: T, leftOut: number) => void): (kind: string, entry: T) => void {
  // Mutable: counts the entries left out.
  const kinds = new Map<string, { readonly loggedAt: number; leftOut: number }>()
  return (kind, entry) => {
    const last = kinds.get(kind)
    // The clock may have been set back.
    if (last !== undefined && Math.abs(now() - last.loggedAt) < sparseMs) {
      last.leftOut++
      return
    }
    kinds.set(kind, { loggedAt: now(), leftOut: 0 })
    say(entry, last?.leftOut ?? 0)
  }
}
