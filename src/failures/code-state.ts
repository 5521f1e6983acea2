/** The state of an authorization code after a failure: never redeemed, no longer valid, or unknown. */
export type CodeState = 'unused' | 'used' | 'unknown'

/** Advice about a code after a failure, as clauses that follow a semicolon. */
export interface CodeAdvice {
  /** How to send the same code again; undefined if that is impossible. */
  readonly resend: string | undefined
  /** How to get a new one. */
  readonly renew: string
}

/** The advice for a code that an app obtained and that the user still has. */
export const appCodeAdvice: CodeAdvice = {
  resend: 'you can send it again',
  renew: 'get a new one',
}

const facts: Readonly<Record<CodeState, string>> = {
  unused: 'The code was not used',
  used: 'The code no longer works',
  unknown: 'The code may have been used',
}

/** Returns one sentence that tells the state of a code and whether a new one is needed. */
export function codeSentence(state: CodeState, { resend, renew }: CodeAdvice): string {
  if (state !== 'unused') return `${facts[state]}; ${renew}.`
  return resend === undefined
    ? `${facts.unused}, but gsa cannot send it again; ${renew}.`
    : `${facts.unused}; ${resend}.`
}
