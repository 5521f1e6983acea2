import { all, type Family, known, says } from '../recognisers/recogniser.ts'
import { refusedRefreshToken } from '../recognisers/refusal.ts'

const token = String.raw`(?:oauth2? |google |stored |valid |new |long-lived )?refresh[_ -]?tokens?\b`
const absent = String.raw`(?:null|undefined|none|nil|missing|empty|unavailable|required|not (?:set|available|returned|found|provided|present|included|received|given|defined|specified|issued|stored|supplied|supported)|absent|cannot be (?:null|empty|undefined|blank)|must be (?:passed|set|provided|specified|given))`
const lacking = String.raw`(?:no|missing|without(?: a| any)?|lacks?(?: a| the)?|lacking(?: a)?|need(?:s|ed)?(?: a| the)?|requires?(?: a)?|(?:not|n't|never|failed to) (?:return|receive|get|got|gotten|provide|include|contain|have|has|find|found|send|obtain|give|issue|see|retrieve)\w{0,3}(?: us| back| me)?(?: a| any| the)?|absence of(?: a)?|expected(?: a)?)`

/** No refresh token, and a refused one, in the words of libraries and of programs that run unattended. */
export const refreshTokenPhrases: Family = {
  words: /refresh|reauth|grant|token|credential|session|revoked/i,
  recognisers: [
    known(
      'refresh_token_refused',
      'likely',
      /Reauthentication (?:is needed|failed|required)|reauth(?:entication)? .{0,40}non-?interactive/i,
      (facts) => refusedRefreshToken({ ...facts, subtype: 'rapt_required' }),
    ),
    known(
      'refresh_token_refused',
      'likely',
      /problem refreshing your current auth tokens|maybe token expired\?|invalid_rapt|(?:refresh token|credentials?|tokens?|session|authori[sz]ation|access|connection) (?:has |have |is |are |was |were )?(?:been )?(?:no longer valid|expired or (?:been )?revoked|revoked(?: or expired)?)\b.{0,160}(?:re-?auth|log ?in|sign ?in|reconnect|re-?connect|authori[sz]e)/i,
      (facts) => refusedRefreshToken(facts),
    ),
    known(
      'refresh_token_refused',
      'likely',
      all(
        /(?:provided |the )?authorization grant .{0,80}or refresh token is invalid, expired, revoked/i,
        (e) => e.grant !== 'code',
      ),
      (facts) => refusedRefreshToken(facts),
    ),
    known(
      'no_refresh_token',
      'certain',
      /No refresh token(?: or refresh handler callback)? is set|No access, refresh token|do not contain the necessary fields need(?:ed)? to refresh|refresh token must be passed in or set|Refresh tokens are not returned for responses that were auto-approved/i,
      { account: null },
    ),
    known(
      'no_refresh_token',
      'likely',
      /missing fields refresh_token\b(?!,)|token expired and refresh token is not set|Can't create new access token for user|No credentials? to refresh|refreshToken (?:!=|!==|<>) (?:null|nil|undefined)|RefreshToken != null/i,
      {
        account: null,
      },
    ),
    known(
      'no_refresh_token',
      'likely',
      all(new RegExp(String.raw`\b${lacking} ['"\x60]?${token}`, 'i'), (e) => says('invalid_grant')(e) === false),
      { account: null },
    ),
    known(
      'no_refresh_token',
      'likely',
      all(
        new RegExp(
          String.raw`${token}['"\x60]?\]?(?: (?:field|value|parameter|property|key))?\s?(?:=>|[:=])?\s?(?:is |are |was |were |has been )?(?:a )?(?<!\w)['"]?${absent}`,
          'i',
        ),
        (e) => says('invalid_grant')(e) === false,
      ),
      { account: null },
    ),
    known(
      'no_refresh_token',
      'likely',
      /(?:KeyError|Undefined (?:array key|index|property)|key not found|NoMethodError|AttributeError|Cannot (?:read|destructure) propert\w{1,3})\b.{0,40}['"`:]refresh_?token/i,
      { account: null },
    ),
  ],
}
