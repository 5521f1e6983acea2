import type { Account } from '../accounts/account-index.ts'
import { Failure, type FailureCode, mapTexts } from '../failures/index.ts'

/** Makes a text safe to share. */
export type Shareable = (text: string) => string

const email = /([^\s@"'<>()[\],:;=])[^\s@"'<>()[\],:;=]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63})+)/gu

// Google's subjects have 21 digits. A short one, from another server, could match any text.
const tellingSubject = 10

/**
 * Returns a function that hides identities: email addresses keep their first letter and domain, subjects become the
 * account's number, and the home folder becomes `~`.
 */
export function shareableTexts(
  home: string,
  accounts: readonly Pick<Account, 'sub'>[],
  { showEmails }: { readonly showEmails: boolean },
): Shareable {
  return (text) => {
    let left = home.length > 1 ? text.replaceAll(home, '~') : text
    for (const [at, { sub }] of accounts.entries())
      if (sub.length >= tellingSubject) left = left.replaceAll(sub, `account ${at + 1}`)
    return showEmails ? left : left.replace(email, '$1…@$2')
  }
}

/** Returns the failure with details that are safe to share. */
export function shareableFailure<Code extends FailureCode>(
  { code, details }: Failure<Code>,
  shareable: Shareable,
): Failure<Code> {
  return new Failure(code, mapTexts(details, shareable))
}
