import type { Facts } from '../facts.ts'
import { all, grantIs, known, lacks, type Recogniser, says, wire } from './recogniser.ts'
import { refusedRefreshToken } from './refusal.ts'

const noDescription = ({ description = '' }: Facts): boolean => description === '' || /^Bad Request/i.test(description)
const invalidGrant = wire('invalid_grant')
/** Recognises rejected codes and refresh tokens. */
export const grants: readonly Recogniser[] = [
  known('refresh_token_as_code', 'certain', /(?:[?&"' {]|^)code["']?\s?[:=]\s?["']?\[refresh token\]/, {}),
  known('refresh_token_as_code', 'certain', /getToken\(\s?["']?\[refresh token\]/, {}),
  known('code_refused', 'certain', /Malformed auth code/i, () => invalidGrant({ description: 'Malformed auth code' })),
  known('code_refused', 'certain', /Code was already redeemed/i, invalidGrant),
  known(
    'code_verifier_refused',
    'certain',
    /Missing code verifier|Invalid code verifier|code_verifier or verifier is not needed/i,
    (_, [sentence]) => invalidGrant({ description: sentence }),
  ),
  known('code_verifier_refused', 'certain', lacks('code_verifier'), () =>
    invalidGrant({ description: 'Missing code verifier' }),
  ),
  known('refresh_token_refused', 'certain', /invalid_rapt|rapt_required|reauth related error/, (facts) =>
    refusedRefreshToken({ ...facts, subtype: /rapt_required/.test(facts.text) ? 'rapt_required' : 'invalid_rapt' }),
  ),
  known('refresh_token_refused', 'certain', /Token has been expired or revoked/i, (facts) =>
    refusedRefreshToken({ ...facts, description: 'Token has been expired or revoked.' }),
  ),
  known(
    'account_gone',
    'certain',
    /Account has been deleted|Robot is disabled|(?:Account|User) (?:has been|is|was) disabled\b.{0,200}invalid_grant|invalid_grant.{0,200}(?:Account|User) (?:has been |is |was )(?:disabled|deleted)|invalid_grant.{0,80}Account not found/i,
    {},
  ),
  known('account_gone', 'likely', /access_denied.{0,40}Account restricted/i, {}),
  known('service_account_clock_wrong', 'certain', /Token must be a short-lived token|Invalid JWT: (?:iat|exp)\b/i, {}),
  known('service_account_key_refused', 'certain', /Invalid JWT Signature/i, {}),
  known('token_request_refused', 'likely', /Invalid JWT: (?!Token must|iat\b|exp\b)[\w ]{3,80}/i, (_, [words]) => ({
    error: 'invalid_grant',
    description: words.trim(),
  })),
  known(
    'service_account_not_delegated',
    'certain',
    /Client is unauthorized to retrieve access tokens using this method/i,
    {},
  ),
  known('service_account_not_delegated', 'likely', /invalid_grant.{0,80}Invalid email or User ID/i, {}),
  known(
    'code_refused',
    'likely',
    /(?:authori[sz]ation|auth|verification|server ?auth) ?code\b.{0,40}(?:is |was |has |may |be |been |already |either )+(?:invalid|incorrect|expired|used|redeemed|malformed|no longer valid)|(?:invalid|expired|incorrect|malformed|used) (?:authori[sz]ation|auth|verification) ?code|c[oó]digo de autoriza(?:ci[oó]n|ção).{0,40}(?:inv[aá]lido|expir|caduc)|code d'autorisation.{0,40}(?:invalide|expir)|Autorisierungscode.{0,40}(?:ungültig|abgelaufen)/i,
    invalidGrant,
  ),
  known(
    'service_account_clock_wrong',
    'likely',
    all(says('invalid_grant'), noDescription, ({ library }) => library?.grant === 'assertion'),
    {},
  ),
  known('code_refused', 'likely', all(says('invalid_grant'), noDescription, grantIs('code')), invalidGrant),
  known(
    'refresh_token_refused',
    'likely',
    all(says('invalid_grant'), noDescription, grantIs('refresh')),
    refusedRefreshToken,
  ),
  known(
    'code_refused',
    'possible',
    all(says('invalid_grant'), ({ grant }) => grant !== 'code'),
    invalidGrant,
  ),
  known(
    'refresh_token_refused',
    'possible',
    all(says('invalid_grant'), ({ grant }) => grant !== 'refresh'),
    refusedRefreshToken,
  ),
]

/** Recognises missing refresh tokens. */
export const refreshTokens: readonly Recogniser[] = [
  known('no_refresh_token', 'certain', lacks('refresh_token'), { account: null }),
  known(
    'no_refresh_token',
    'likely',
    all(
      /access_token["']?\]?\s?(?:=>|[:=])/,
      /expires_in|expiry_date|token_type/,
      ({ text }) => !/refresh_token["']?\]?\s?(?:=>|[:=])\s?(?:string\(\d+\)\s?)?["']?\[/.test(text),
      ({ error }) => error === undefined,
    ),
    { account: null },
  ),
  known(
    'no_refresh_token',
    'likely',
    /refresh_?token["']?\]?\s?(?:=>|[:=]| is| was)\s?["']?(?:null|undefined|None|nil|NULL|missing|not returned)\b/i,
    { account: null },
  ),
]
