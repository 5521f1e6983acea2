import type { Account } from '../accounts/account-index.ts'
import { Failure, type FailureCode, mapTexts } from '../failures/index.ts'

/** Makes a text fit to be shown to strangers. */
export type Shareable = (text: string) => string

const email = /([^\s@"'<>()[\],:;=])[^\s@"'<>()[\],:;=]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63})+)/gu

// Google's have 21 digits. A short one, of another server, is found in anything.
const tellingSubject = 10

/**
 * Takes out of texts whose they are: of e-mail addresses the first letter and the domain stay, subjects become the
 * number of the account, and the home folder becomes `~`.
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

/** The same failure with details that may be shown to strangers. */
export function shareableFailure<Code extends FailureCode>(
  { code, details }: Failure<Code>,
  shareable: Shareable,
): Failure<Code> {
  return new Failure(code, mapTexts(details, shareable))
}
