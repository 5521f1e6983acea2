/** What became of an authorization code: the server never redeemed it, it no longer works, or nobody knows. */
export type CodeState = 'unused' | 'used' | 'unknown'

/** What to do about a code after a failure: clauses that follow a semicolon. */
export interface CodeAdvice {
  /** How to send the same code again; undefined where that is impossible. */
  readonly resend: string | undefined
  /** How to get a new one. */
  readonly renew: string
}

/** For a code that an app got and that somebody still has. */
export const appCodeAdvice: CodeAdvice = {
  resend: 'you can send the same one again',
  renew: 'a new one is needed',
}

const facts: Readonly<Record<CodeState, string>> = {
  unused: 'The code was not used',
  used: 'The code no longer works',
  unknown: 'The code may have been used',
}

/** Returns one sentence: what became of a code, and whether a new one is needed. */
export function codeSentence(state: CodeState, { resend, renew }: CodeAdvice): string {
  if (state !== 'unused') return `${facts[state]}; ${renew}.`
  return resend === undefined
    ? `${facts.unused}, but gsa cannot send it again; ${renew}.`
    : `${facts.unused}; ${resend}.`
}
