import type { Reach } from '../../backend/addresses.ts'
import { codePath } from '../../backend/request-checks.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { typedCommand } from '../../failures/index.ts'
import { twoColumns } from '../../terminal/lines.ts'
import type { Certificate } from './certificate.ts'
import type { PairingToken } from './pairing-token.ts'

/** The addresses and credentials with which apps reach the backend. */
export interface Place {
  readonly reach: Reach
  readonly scheme: 'http' | 'https'
  readonly port: number
  readonly pairingToken: PairingToken | undefined
  readonly certificate: Certificate | undefined
}

/** Returns the simplest address that apps can send codes to. */
export function urlOf(place: Place): string {
  return urlAt(place, place.reach.addresses[0] ?? place.reach.host)
}

function urlAt({ scheme, port }: Place, address: string): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}${codePath}`
}

/** Returns the JSON that `gsa serve --json` prints when it starts to listen. */
export function placeDocument(place: Place, clientId: string, issuer: string): Readonly<Record<string, unknown>> {
  const { reach, port, pairingToken, certificate } = place
  return {
    url: urlOf(place),
    urls: reach.addresses.map((address) => urlAt(place, address)),
    port,
    clientId,
    issuer,
    // The fleet's own token is not gsa's to print.
    pairingToken: pairingToken?.file === undefined ? (pairingToken?.token.reveal() ?? null) : null,
    pairingTokenFile: pairingToken?.file ?? null,
    certificate: certificate?.own ?? null,
  }
}

/** Returns the text that `gsa serve` prints when it starts to listen: where apps send codes, and how. */
export function placeText(place: Place, clientId: string | undefined): string {
  const { reach, port, scheme, pairingToken, certificate } = place
  const url = urlOf(place)
  const trust = certificate?.own === undefined ? '' : `--cacert ${certificate.own.file} `
  const pairing = pairingToken === undefined ? '' : `-H ${pairingHeader(pairingToken)} `
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
      ['', pairingToken === undefined ? undefined : `X-Pairing-Token: ${shownToken(pairingToken)}`],
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

function shownToken({ token, file }: PairingToken): string {
  return file === undefined ? token.reveal() : `the first line of ${file}`
}

function pairingHeader({ token, file }: PairingToken): string {
  return file === undefined
    ? `'X-Pairing-Token: ${token.reveal()}'`
    : `"X-Pairing-Token: $(${safeText(typedCommand(['head', '-n', '1', file]))})"`
}
