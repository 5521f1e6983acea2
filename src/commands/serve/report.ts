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
import { grantAccountName, refreshTokenText } from '../shared/grant-report.ts'
import type { Certificate } from './certificate.ts'

/** How apps reach the backend. */
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

/** What `gsa serve --json` prints once it listens. */
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

/** Where apps send codes, and how: what a person reads when it listens. */
export function placeText(place: Place, clientId: string | undefined): string {
  const { reach, port, scheme, pairingToken, certificate } = place
  const url = urlAt(place, reach.addresses[0] ?? reach.host)
  const trust = certificate?.own === undefined ? '' : `--cacert ${certificate.own.file} `
  const pairing = pairingToken === undefined ? '' : `-H 'X-Pairing-Token: ${pairingToken.reveal()}' `
  const local: [string, string][] = [
    ['Browser, iOS simulator', urlAt(place, '127.0.0.1')],
    ['Android emulator', urlAt(place, '10.0.2.2')],
    ['Android over USB', `adb reverse tcp:${port} tcp:${port}, then as a browser`],
  ]
  const network = reach.addresses.slice(1).map((address): readonly [string, string] => ['Also', urlAt(place, address)])
  return [
    `Taking codes at ${url}${clientId === undefined ? '' : ` for the client ${safeText(clientId)}`}.`,
    twoColumns([
      ...(reach.isOpenToNetwork ? network : local),
      ['Field', 'authCode=… (Android, iOS) or code=… (web pop-up)'],
      ['', 'idToken=… is verified, too'],
      ['Headers', `X-Requested-With: XMLHttpRequest${pairingToken === undefined ? '' : ' and'}`],
      ['', pairingToken === undefined ? undefined : `X-Pairing-Token: ${pairingToken.reveal()}`],
      ['Certificate', certificate?.own === undefined ? undefined : `${certificate.own.file}, to install on the device`],
      ['', certificate?.own === undefined ? undefined : `SHA-256 ${certificate.own.sha256}`],
    ]).replace(/^/gm, '  '),
    ...(reach.isOpenToNetwork && scheme === 'http'
      ? ['', 'Codes travel in the clear here, for everybody on this network to read; add --https.']
      : []),
    '',
    'Try it:',
    `  $ curl ${trust}-d authCode=CODE -H 'X-Requested-With: curl' ${pairing}${url}`,
    '',
    'Ctrl-C stops it.',
  ].join('\n')
}

/** The time for a line of the log. */
export function timeOfDay({ now }: Context): string {
  return new Date(now()).toTimeString().slice(0, 8)
}

/** A request and what became of it; what to do about it stands below. */
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
 * Returns a log for entries that people other than the user can cause as often as they like: at most one of each kind
 * in ten seconds, with the number of those that were left out before it.
 */
export function sparseLog({ now, output }: Context): (kind: string, entry: string) => void {
  // Mutable: each entry that is left out is counted.
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
    output.log(count === 0 ? entry : `${entry}\n          Not logged since the last such entry: ${count} more.`)
  }
}

function outcomeLines(
  outcome: Redemption | Failure | 'preflight',
  request: CodeRequest | undefined,
): readonly string[] {
  if (outcome === 'preflight') return ['The browser asked whether the page may send a code.']
  if (outcome instanceof Failure) return [outcome.causeText, outcome.fix]
  const { grant, isRepeated } = outcome
  const name = safeText(grantAccountName(grant))
  if (isRepeated) return [`${name}: the same code again; answered as before, nothing was sent.`]
  return [
    `${name}: code from ${request?.origin === 'web-popup' ? 'the web pop-up' : 'a phone'}, refresh token ${refreshTokenText(grant)}.`,
    ...grant.warnings.map(({ message, fix }) => `Warning: ${safeText(message)} ${safeText(fix)}`),
  ]
}
