import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'
import { all, type Family, known } from '../recognisers/recogniser.ts'

const aboutToken = /token|jwt|\boidc\b|\baud\b|\biss\b|\boic\b|openid|\bjws\b|credential|\bIDX1\d{4}|\bclaim/i
const audience =
  /Wrong recipient|untrusted ['"]?aud|audience provided does not match|Invalid claim ["'`]?aud|payload audience != requiredAudience|wrong audience|unexpected ["']?aud["']? claim|(?:invalid|incorrect|unacceptable|unexpected|bad|wrong|mismatch\w{0,3}|unmatched) (?:JWT |token |id_token |"?aud"? ?)?(?:audience|["'(]?aud["')]?)\b|audience\b.{0,30}(?:invalid|mismatch|(?:does|did)(?: not|n't) (?:match|contain)|not (?:allowed|accepted|valid|match)|validation failed|incorrect)|\baud\b["')]? .{0,30}(?:mismatch|(?:does|did)(?: not|n't) match|not (?:match|valid)|incorrect|invalid)|expected (?:an? )?(?:audience|["']?aud\b)|IDX10214|InvalidAudience|has incorrect ["'(]*aud/i
const issuer =
  /(?:wrong|invalid|unexpected|incorrect|bad|mismatch\w{0,3}|untrusted) (?:JWT |token |id_token )?['"]?(?:issuer|["'(]?iss["')]?)\b|(?:issuer|\biss\b)["')]?.{0,30}(?:invalid|mismatch|(?:does|did)(?: not|n't) match|not (?:valid|match|allowed)|incorrect|validation failed)|(?:not )?issued by (?:a different|the wrong|an? (?:unknown|other)|(?:the )?correct) (?:provider|issuer)|IDX10205|InvalidIssuer|unexpected ["']?iss["']? (?:value|claim)|has incorrect ["'(]*iss/i
const tooLate =
  /Token used too late|\bjwt expired|JWT ?Expired|TokenExpired\w{0,10}|ExpiredSignature\w{0,10}|ExpiredJwt\w{0,10}|(?:id[ _]?token|jwt|signature|token)(?: has| is)? (?:already )?(?:been )?expired(?! or (?:been )?revoked)|(?:["'(]?exp["')]?) claim timestamp check failed|IDX10223|Lifetime validation failed|exp(?:iration)?["')]? (?:time )?(?:claim )?(?:is |must be )?(?:in the (?:past|future)|has passed|check failed)|oidc: token is expired/i
const stale =
  /stale to sign-in|ID Token issued at \d{1,12}|token is too old|id[_ ]?token.{0,40}(?:stale|too old)|older than .{0,30}max_?age/i
const tooEarly =
  /Token used too early|not (?:yet )?(?:valid|active) (?:yet|before)|is not yet valid|ImmatureSignature|BeforeValid|NotBeforeError|prior to|(?:\biat\b|\bnbf\b|issued ?at)["')]?.{0,40}(?:in the future|ahead|too early|prior|check failed)|(?:issued|used) (?:too early|in the future)|IDX10222|IATError|IssuedInFuture|issued in the future/i
const key =
  /No pem found for envelope|Certificate for key id \S{1,80} not found|no applicable key found|unable to find (?:a |the )?(?:signing |matching |public |verification )*(?:key|jwk)|(?:no|could not find(?: a| any)?|cannot find(?: a)?|missing|unknown) (?:matching |suitable |signing |public |verification |valid )*(?:key|jwk|kid|certificate)s?\b.{0,40}(?:match|found|kid|jwt|token|jwks|id)|["']?kid["']? (?:invalid|not found|.{0,30}(?:unknown|did not match|not (?:found|match)))|unable to lookup correct key|IDX1050[0-3]|did not match any keys|failed to verify id token signature|(?:key|kid|jwk) .{0,60}not (?:found|present) in (?:the )?(?:jwks|key ?set|certs|certificates)|JWKSNoMatchingKey|SigningKeyNotFound|PublicKeyNotFound|InvalidKeyId|NoMatchingKey|UnknownKey\b|(?:public |signing |verification )?key (?:with (?:ID|kid) )?["']?[\w-]{0,80}["']? (?:could )?not (?:be )?found|(?:no|not find|not found)(?: an?y?| the)? (?:valid |matching )?JWKs?\b|JWKs?\b.{0,30}not found/i
const signature =
  /(?:invalid|bad|wrong) (?:token |jwt |id_token )?signature|verify (?:the )?(?:id |jwt )?(?:token )?signature|signature (?:is )?(?:invalid|verification failed|mismatch|validation failed|does not match)|SignatureVerificationFailed|JWSSignatureVerification\w{0,8}|InvalidSignature(?:Error)?\b|IDX1051[01]/i
const shape =
  /Not enough segments|Wrong number of segments|jwt malformed|(?:JWT|token|it) must (?:have|contain|consist of) (?:three|3)|invalid number of segments|wrong number of (?:parts|segments)|Invalid Compact J|IDX1274[01]|IDX1270[0-9]|(?:malformed|invalid) (?:jwt|id[_ ]?token|google (?:id )?token)\b|(?:invalid|malformed) (?:jwt|token) (?:format|structure|serialization)|Can(?:'|no)t parse (?:jwt|id[_ ]?token|token)|token.{0,20}contains an invalid number|only support\w{0,3}.{0,60}id_token|(?:decode|parse|verify)\w{0,3} (?:the )?(?:id[_ ]?token|jwt).{0,20}(?:fail|error)|(?:fail\w{0,3}|unable|could not|cannot|error)(?: to)? (?:decode|decoding|parse|parsing|verify|verifying|validate|validating)\w{0,3} (?:the |google )*(?:id[_ ]?token|jwt)|Could not verify (?:the )?(?:google )?(?:id )?token(?! signature)|(?:google|id|auth)[ -](?:auth |id |sign-in )?token.{0,20}(?:is |was |appears to be |seems )(?:incorrect|invalid|wrong|malformed)|(?:incorrect|invalid|wrong|malformed) (?:google|id)[ -](?:auth |id |sign-in )?(?:token|credential)/i
const nonce =
  /Invalid claim ["'`]?nonce|nonces? ?(?:mismatch|in id_token|.{0,30}(?:does|did|do)(?: not|n't) match|.{0,30}(?:invalid|missing|mismatch|not equal|expected))|(?:invalid|unexpected|missing|mismatch\w{0,3}|wrong|incorrect) (?:id[_ ]?token |jwt )?["']?nonce|Passed nonce and nonce|IDX213\d\d|(?:["']?nonce["']?) claim (?:mismatch|value|missing)|nonce cookie/i

const seconds = (match: RegExpExecArray): number => Math.round(Math.abs(Number(match[1]) - Number(match[2])))
const times =
  /(?:used too (?:late|early)|Token expired|JWT expired, now|JWT not active yet, now),? ?([\d.]{5,20})(?: ?(?:[<>]=?|, exp|, nbf) ?([\d.]{5,20}))?/i
const distance = ({ text }: Facts, before: string, after: string): string => {
  const match = times.exec(text)
  const amount = match === null ? Number.NaN : seconds(match)
  if (!Number.isFinite(amount)) return after === 'ago' ? 'in the past' : 'in the future'
  const shown =
    amount < 120
      ? `${amount} seconds`
      : amount < 7200
        ? `${Math.round(amount / 60)} minutes`
        : `${Math.round(amount / 3600)} hours`
  return `${before}${shown}${after === '' ? '' : ` ${after}`}`
}

const late = (facts: Facts): FailureDetails<'id_token_invalid'> => ({
  check: 'exp',
  expected: 'in the future',
  found: distance(facts, '', 'ago'),
})
const behind = ({ text }: Facts): FailureDetails<'clock_wrong'> => {
  const match = times.exec(text)
  const apart = match === null ? Number.NaN : seconds(match)
  return { host: 'the issuer', seconds: Number.isFinite(apart) ? -Math.max(1, apart) : null }
}
const wrongAudience = ({ text }: Facts): FailureDetails<'id_token_invalid'> => {
  const [, found, expected] = /wrong audience ([\w.-]{1,120}), expected one of \[?'?([\w.-]{1,120})/i.exec(text) ?? []
  return {
    check: 'aud',
    expected: expected ?? 'the client id that the backend expects',
    found: found ?? 'another one',
  }
}

/**
 * ID tokens, in the words of libraries in ten languages. Every JWT library has most of these words, so they mean
 * Google's ID tokens only in a text that mentions Google.
 */
export const idTokenPhrases: Family = {
  words:
    /token|jwt|jws|jwk|kid\b|\baud|\biss|nonce|IDX|recipient|stale|envelope|certificate for key|signing key|public key|\bkey\b|oidc|openid|credential|claim|signature/i,
  recognisers: [
    // The words of Google's own libraries.
    known('id_token_invalid', 'certain', /Wrong recipient, payload audience|Token has wrong audience/i, wrongAudience),
    known('id_token_invalid', 'certain', /Token used too late/i, late),
    known('clock_wrong', 'certain', /Token used too early/i, behind),
    known(
      'id_token_key_unknown',
      'certain',
      /No pem found for envelope|Certificate for key id \S{1,80} not found/i,
      {},
    ),
    known(
      'id_token_nonce_mismatch',
      'likely',
      all(nonce, (e) => !/badNonce|acme|content.security|wordpress|wp_nonce/i.test(e.text)),
      {},
    ),
    known('id_token_stale', 'likely', stale, {}),
    // google-auth for Python and php-jwt allow no or little difference between two clocks.
    known('clock_wrong', 'likely', all(tooEarly, aboutToken), behind),
    known(
      'id_token_invalid',
      'likely',
      all(tooLate, /\bID ?Token|id_token|\bIDX|jwt|TokenVerif|Token used|verify_(?:oauth2|id)/i),
      late,
    ),
    known('id_token_stale', 'possible', tooLate, {}),
    known('id_token_invalid', 'likely', all(audience, aboutToken), wrongAudience),
    known('id_token_invalid', 'likely', all(issuer, aboutToken), {
      check: 'iss',
      expected: 'https://accounts.google.com',
      found: 'another one',
    }),
    known('id_token_key_unknown', 'likely', key, {}),
    known(
      'id_token_invalid',
      'likely',
      all(signature, aboutToken, (e) => !key.test(e.text)),
      {
        check: 'signature',
        expected: "one by the issuer's key",
        found: 'another one',
      },
    ),
    known('id_token_invalid', 'likely', all(shape, aboutToken), {
      check: 'format',
      expected: 'three parts with dots between them (eyJ…)',
      found: 'something else, such as an access token (ya29.…) or a code',
    }),
  ],
}
