import type { Reach } from '../../backend/addresses.ts'
import type { CodeRequest } from '../../backend/code-request.ts'
import type { Redemption } from '../../backend/redeem-once.ts'
import { codePath } from '../../backend/request-checks.ts'
import type { Verdict } from '../../backend/respond.ts'
import { safeText } from '../../core/safe-to-print.ts'
import type { Secret } from '../../core/secret.ts'
import { Failure } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { twoColumns } from '../../terminal/lines.ts'
import { refreshTokenText } from '../shared/grant-report.ts'
import type { Certificate } from './certificate.ts'

/** The addresses and credentials with which apps reach the backend. */
export interface Place {
  readonly reach: Reach
  readonly scheme: 'http' | 'https'
  readonly port: number
  readonly pairingToken: Secret | undefined
  readonly certificate: Certificate | undefined
}

function urlAt({ scheme, port }: Place, address: string): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}${codePath}`
}

/** Returns the JSON that `gsa serve --json` prints when it starts to listen. */
export function placeDocument(place: Place, clientId: string, issuer: string): Readonly<Record<string, unknown>> {
  const { reach, port, pairingToken, certificate } = place
  return {
    url: urlAt(place, reach.addresses[0] ?? reach.host),
    urls: reach.addresses.map((address) => urlAt(place, address)),
    port,
    clientId,
    issuer,
    pairingToken: pairingToken?.reveal() ?? null,
    certificate: certificate?.own ?? null,
  }
}

/** Returns the text that `gsa serve` prints when it starts to listen: where apps send codes, and how. */
export function placeText(place: Place, clientId: string | undefined): string {
  const { reach, port, scheme, pairingToken, certificate } = place
  const url = urlAt(place, reach.addresses[0] ?? reach.host)
  const trust = certificate?.own === undefined ? '' : `--cacert ${certificate.own.file} `
  const pairing = pairingToken === undefined ? '' : `-H 'X-Pairing-Token: ${pairingToken.reveal()}' `
  const local: [string, string][] = [
    ['Browser, iOS simulator', urlAt(place, '127.0.0.1')],
    ['Android emulator', urlAt(place, '10.0.2.2')],
    ['Android over USB', `adb reverse tcp:${port} tcp:${port}, then as in a browser`],
  ]
  const network = reach.addresses.slice(1).map((address): readonly [string, string] => ['Also', urlAt(place, address)])
  return [
    `Receiving codes at ${url}${clientId === undefined ? '' : ` for the client ${safeText(clientId)}`}.`,
    twoColumns([
      ...(reach.isOpenToNetwork ? network : local),
      ['Field', 'authCode=… (Android, iOS) or code=… (web pop-up)'],
      ['', 'idToken=… (optional) is verified too'],
      ['Headers', `X-Requested-With: XMLHttpRequest${pairingToken === undefined ? '' : ' and'}`],
      ['', pairingToken === undefined ? undefined : `X-Pairing-Token: ${pairingToken.reveal()}`],
      ['Certificate', certificate?.own === undefined ? undefined : `${certificate.own.file}, to install on the device`],
      ['', certificate?.own === undefined ? undefined : `SHA-256 ${certificate.own.sha256}`],
    ]).replace(/^/gm, '  '),
    ...(reach.isOpenToNetwork && scheme === 'http'
      ? ['', 'Codes are sent unencrypted: anyone on this network can read them. Add --https.']
      : []),
    '',
    'Try it:',
    `  $ curl ${trust}-d authCode=CODE -H 'X-Requested-With: curl' ${pairing}${url}`,
    '',
    'Press Ctrl-C to stop.',
  ].join('\n')
}

/** Returns the time of day for a log line. */
export function timeOfDay({ now }: Context): string {
  return new Date(now()).toTimeString().slice(0, 8)
}

/** Formats a request and its outcome, followed by what to do about it. */
export function verdictText({ method, path, status, request, outcome }: Verdict, context: Context): string {
  const { noteStyle } = context.output
  const paint = status < 400 ? noteStyle.green : noteStyle.red
  const lines = outcomeLines(outcome, request)
  const head = `${timeOfDay(context)}  ${safeText(method.slice(0, 10))} ${safeText(path.slice(0, 40))}`
  return [
    `${head}  ${paint(String(status))}  ${lines[0] ?? ''}`,
    ...lines.slice(1).map((line) => `          ${line}`),
  ].join('\n')
}

const sparseMs = 10_000

/**
 * Returns a log for entries that strangers can cause at will. Logs at most one entry of each kind in ten seconds, with
 * the number of entries left out before it.
 */
export function sparseLog({ now, output }: Context): (kind: string, entry: string) => void {
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
    const count = last?.leftOut ?? 0
    output.log(count === 0 ? entry : `${entry}\n          ${count} more such entries were not logged.`)
  }
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
