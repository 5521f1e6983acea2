import { folderOf } from '../drive/call.ts'
import type { LocalGoogle } from '../local-google.ts'
import {
  type ClientType,
  type EmulatorAccount,
  type EmulatorClient,
  projectOf,
  readClientSecrets,
  registered,
} from '../records/built-in.ts'
import { nextSequence } from '../records/folder.ts'
import { generateFiles } from '../records/generated-files.ts'
import { countOf, invalid, isRecord, textOf, textsOf } from '../records/input.ts'
import { accountNamed, findAccount, keepAccount } from '../records/state.ts'
import { readAccountSettings, readDpopSettings } from './settings.ts'

/**
 * Adds an account with its settings; derives missing members from the email address.
 * @throws RangeError, and adds nothing, when the account has no email address, already exists, or has an invalid
 *   setting.
 */
export function addAccount(google: LocalGoogle, body: Readonly<Record<string, unknown>>): EmulatorAccount {
  const email = textOf(body, 'email')
  if (!email) throw invalid('an account needs an "email"')
  if (!email.includes('@')) throw invalid(`"${email}" is not an email address`)
  if (findAccount(google.state, email) !== undefined) throw invalid(`there is already an account ${email}`)
  const sub = textOf(body, 'sub') ?? freeSub(google)
  if (google.state.accounts.has(sub)) throw invalid(`there is already an account with the sub ${sub}`)
  if (!sub || sub.length > 255) throw invalid('a "sub" must have 1 to 255 characters')
  const name = textOf(body, 'name') ?? (email.split('@', 1)[0] || email)
  const hostedDomain = textOf(body, 'hostedDomain')
  const account: EmulatorAccount = {
    sub,
    email,
    name,
    givenName: textOf(body, 'givenName') ?? name.split(' ', 1)[0] ?? name,
    familyName: textOf(body, 'familyName') ?? name.split(' ').slice(1).join(' '),
    picture: textOf(body, 'picture') ?? `https://lh3.googleusercontent.com/a/emulator-${sub}=s96-c`,
    ...(hostedDomain && { hostedDomain }),
  }
  readAccountSettings(body)(account)
  keepAccount(google.state, account)
  return account
}

function freeSub(google: LocalGoogle): string {
  let next = firstSub + BigInt(google.state.accounts.size + 1)
  while (google.state.accounts.has(String(next))) next += 1n
  return String(next)
}

/** A number of 21 digits, like Google's. */
const firstSub = 110_000_000_000_000_000_000n

const clientTypes: readonly ClientType[] = ['web', 'desktop', 'tv']

/**
 * Adds a client, or replaces the one with the same id, from `{"type","clientId",…}` or a client secrets file.
 * @throws RangeError when it is neither, or has a redirect URI that the console would not register.
 */
export function addClient(google: LocalGoogle, body: Readonly<Record<string, unknown>>): EmulatorClient {
  const client = isRecord(body['web']) || isRecord(body['installed']) ? readClientSecrets(body) : readClient(body)
  if (!/^\d+-/.test(client.clientId)) throw invalid('a client id must begin with its project number and a dash')
  const added = { ...client, ...readDpopSettings(body) }
  google.state.clients.set(client.clientId, added)
  return added
}

function readClient(body: Readonly<Record<string, unknown>>): EmulatorClient {
  const type = clientTypes.find((candidate) => candidate === textOf(body, 'type'))
  if (!type) throw invalid(`"type" must be one of ${clientTypes.join(', ')}`)
  const clientId = textOf(body, 'clientId')
  if (!clientId) throw invalid('a client needs a "clientId"')
  const name = textOf(body, 'name')
  const redirectUris = textsOf(body, 'redirectUris') ?? []
  return {
    type,
    clientId,
    clientSecret: textOf(body, 'clientSecret') ?? `GOCSPX-emulator-${projectOf(clientId)}`,
    redirectUris: type === 'web' ? registered(redirectUris) : redirectUris,
    javascriptOrigins: textsOf(body, 'javascriptOrigins') ?? [],
    ...(name && { name }),
  }
}

/**
 * Adds generated files to the app folder of an account.
 * @throws RangeError for an unknown account or client, or without a count.
 */
export function fillFolder(
  google: LocalGoogle,
  body: Readonly<Record<string, unknown>>,
): { readonly created: number; readonly bytes: number } {
  const clientId = textOf(body, 'clientId') ?? [...google.state.clients.keys()][0] ?? ''
  if (!google.state.clients.has(clientId)) throw invalid(`there is no client ${clientId}`)
  const account = accountNamed(google.state, textOf(body, 'account'))
  const count = countOf(body, 'count', 1_000_000)
  if (count === undefined) throw invalid('"count" must be the number of files')
  const bytes = countOf(body, 'bytes', 5 * 1024 * 1024) ?? 16
  const folder = folderOf(google, clientId, account.sub)
  const batch = [clientId, account.sub, String(nextSequence(folder))]
  // With seven more digits, as long as the id of any other file in the app folder.
  const idPrefix = google.mint.derivedId('1gen', ...batch) + google.mint.derivedId('', ...batch).slice(0, 14)
  generateFiles(folder, { count, bytes, nowMs: google.clock.now(), idPrefix })
  return { created: count, bytes: count * bytes }
}
