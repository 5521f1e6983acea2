import { known, type Recogniser } from './recogniser.ts'

const seconds = (match: RegExpExecArray): number => Math.round(Math.abs(Number(match[1]) - Number(match[2])))
const distance = (match: RegExpExecArray, before: string, after: string): string => {
  const amount = seconds(match)
  if (!Number.isFinite(amount)) return after === 'ago' ? 'in the past' : 'in the future'
  const shown =
    amount < 120
      ? `${amount} seconds`
      : amount < 7200
        ? `${Math.round(amount / 60)} minutes`
        : `${Math.round(amount / 3600)} hours`
  return `${before}${shown}${after === '' ? '' : ` ${after}`}`
}

/** Recognises the ID token errors of libraries. */
export const idTokens: readonly Recogniser[] = [
  known(
    'id_token_invalid',
    'certain',
    /Token has wrong audience ([\w.-]{1,120}), expected one of \[?'?([\w.-]{1,120})/i,
    (_, [, found = '', expected = '']) => ({ check: 'aud', expected, found }),
  ),
  known(
    'id_token_invalid',
    'certain',
    /Wrong recipient|payload audience != requiredAudience|Token has wrong audience|unexpected "aud" claim/i,
    {
      check: 'aud',
      expected: 'the client id that the backend expects',
      found: 'another one',
    },
  ),
  known(
    'id_token_invalid',
    'certain',
    /(?:Token used too late|Token expired(?=, \d)),? ?([\d.]{5,20})?(?: [<>] ([\d.]{5,20}))?/i,
    (_, match) => ({
      check: 'exp',
      expected: 'in the future',
      found: distance(match, '', 'ago'),
    }),
  ),
  known(
    'id_token_invalid',
    'certain',
    /Token used too early,? ?([\d.]{5,20})?(?: [<>] ([\d.]{5,20}))?/i,
    (_, match) => ({
      check: 'iat',
      expected: 'in the past',
      found: distance(match, 'ahead of this clock by ', ''),
    }),
  ),
  known('id_token_invalid', 'possible', /TokenExpiredError|jwt expired|"exp" claim timestamp check failed/i, {
    check: 'exp',
    expected: 'in the future',
    found: 'in the past',
  }),
  known('id_token_key_unknown', 'certain', /No pem found for envelope|Certificate for key id \S{1,80} not found/i, {}),
  known(
    'id_token_key_unknown',
    'likely',
    /no applicable key found in the JSON Web Key Set|Unable to find a signing key that matches/i,
    {},
  ),
]
