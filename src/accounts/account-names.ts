import { stringMember } from '../core/json.ts'
import { typedCommand } from '../failures/index.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import { isSameEmail } from '../oauth/email.ts'
import type { Account } from './account-index.ts'
import { isSameAccount } from './account-key.ts'
import { environmentSub } from './environment-sub.ts'

/** Returns an account's display name: its email address, or its subject. */
export function accountName(account: Pick<Account, 'claims' | 'sub'>): string {
  const email = account.claims === null ? undefined : stringMember(account.claims, 'email')
  return email ?? (account.sub === environmentSub ? 'the account of GSA_REFRESH_TOKEN' : account.sub)
}

/**
 * Returns an account's name in messages. If another listed account has the same name, adds the client, and the server
 * unless it is Google.
 */
export function accountLabel(account: Account, listed: readonly Account[]): string {
  const name = accountName(account)
  const twins = listed.filter((other) => !isSameAccount(other, account) && isSameEmail(accountName(other), name))
  if (twins.length === 0) return name
  const isOtherSubjectOnly = twins.some(
    ({ issuer, clientId }) => issuer === account.issuer && clientId === account.clientId,
  )
  const parts = [
    `client ${shortClientId(account)}`,
    ...(account.issuer === googleIssuer ? [] : [`server ${account.issuer}`]),
    ...(isOtherSubjectOnly ? [`subject ${account.sub}`] : []),
  ]
  return `${name} (${parts.join(', ')})`
}

/**
 * Returns whether this value of `--account` means the account: email address or subject, optionally followed by a
 * slash and the client.
 */
export function isNamed(account: Account, wanted: string): boolean {
  return namesOf(account).some((name) => isSameEmail(name, wanted))
}

/**
 * Returns the words that select only this account from the list: the value of `--account` and, if that is not enough,
 * `--issuer` with its server.
 */
export function selectorOf(account: Account, listed: readonly Account[]): readonly [string, ...(readonly string[])] {
  const names = readableNames(account)
  const isOnly = (name: string, among: readonly Account[]): boolean =>
    among.every((other) => isSameAccount(other, account) || !isNamed(other, name))
  const unique = names.find((name) => isOnly(name, listed))
  if (unique !== undefined) return [unique]
  const ofServer = listed.filter(({ issuer }) => issuer === account.issuer)
  return [names.find((name) => isOnly(name, ofServer)) ?? account.sub, '--issuer', account.issuer]
}

/** Returns a command's words for a known account. The first word of the selector is the account. */
export type CommandFor = (selector: readonly string[]) => readonly string[]

/** Returns the command for this account as the user types it. */
export function commandFor(command: CommandFor, account: Account, listed: readonly Account[]): string {
  return typedCommand(['gsa', ...command(selectorOf(account, listed))])
}

function namesOf(account: Account): readonly string[] {
  const { sub, clientId } = account
  return [...readableNames(account), sub, `${accountName(account)}/${clientId}`, `${sub}/${clientId}`]
}

function readableNames(account: Account): readonly string[] {
  const [name, client] = [accountName(account), shortClientId(account)]
  return [name, `${name}/${client}`, `${account.sub}/${client}`]
}

function shortClientId({ clientId }: Account): string {
  return clientId.replace(/\.apps\.googleusercontent\.com$/, '')
}
