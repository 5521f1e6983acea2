import type { FailureCode } from '../../failures/index.ts'
import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'
import { all, known, type Recogniser } from './recogniser.ts'
import { refusedRefreshToken } from './refusal.ts'

// The vocabulary of complaints. A subject and a complaint near it tell most failures, whatever the sentence.
const absent = String.raw`(?:expected\w{0,12}|missing|absent|empty|required|null|nil|none|undefined|unset|unavailable|no\b|not (?:set|found|provided|present|available|returned|received|given|defined|stored|supplied|specified|exist)|does(?: not|n't) (?:exist|have|contain|include)|without|lacks?|could(?: not|n't) (?:find|locate|load|read|get)|cannot find|failed to (?:load|find|read|get|obtain|retrieve))`
const refused = String.raw`(?:invalid|incorrect|wrong|bad|expired|revoked|reject\w{0,3}|refus\w{0,3}|denied|disallowed|unauthori[sz]ed|not (?:valid|accepted|allowed|authori[sz]ed|permitted|recogni[sz]ed)|no longer (?:valid|active|works?)|malformed|failed|failure|error)`
const differs = String.raw`(?:mismatch\w{0,3}|(?:does|did|do)(?: not|n't) (?:match|correspond|equal)|not (?:match\w{0,3}|equal|registered|authori[sz]ed|whitelisted|allow(?:ed|listed))|unregistered|differs?|unexpected|register)`
const unreadable = String.raw`(?:invalid character|unexpected (?:token|end|character|eof)|pars(?:e|ing)|malformed|not (?:a )?valid json|invalid json|not json|decod(?:e|ing)|corrupt\w{0,3}|expected top)`
const late = String.raw`(?:expired?\b|too (?:old|late)|stale|in the past|exp\b)`
const early = String.raw`(?:too early|in the future|not yet valid|clock|skew)`

const near = (subject: string, complaint: string): RegExp =>
  new RegExp(String.raw`(?:${subject}).{0,60}\b${complaint}|\b${complaint}.{0,60}(?:${subject})`, 'i')

// A guess about another system, or about a text that has nothing to do with a login, helps nobody.
const isAboutSignIn = ({ text, isGoogle, library, otherSystem }: Facts): boolean =>
  isGoogle || (otherSystem === undefined && (library !== undefined || signIn.test(text)))
const signIn = /oauth|openid|\boidc\b|sign[ -]?in\b|log[ -]?in\b|\bauth\b|token|credential|key ?ring|key ?chain/i

type Concept = {
  readonly [Code in FailureCode]: readonly [
    Code,
    RegExp,
    FailureDetails<Code> | ((facts: Facts) => FailureDetails<Code>),
  ]
}[FailureCode]

const refreshToken = String.raw`refresh[_ -]?token`
const accessToken = String.raw`access[_ -]?token|bearer token|oauth2? token`
const idToken = String.raw`id[_ -]?token|\bjwt\b|identity token`
const redirectUri = String.raw`redirect(?:ion)?[_ -]?ur[il]|callback ur[il]|reply ur[il]`
const keychain = String.raw`key ?ring|key ?chain|secret ?service|libsecret|d-?bus|k?wallet\b|credential (?:manager|store|vault|locker)|wincred|secure ?storage|keytar`
const clientFile = String.raw`client[_ ]?secrets?(?:\.json| file| json)|credentials?\.json|(?:jwt |json |oauth |google )credentials?\b|key ?file|client[_ ]?id file`
const session = String.raw`\bstate\b|csrf|session cookie|code[_ ]verifier|pkce|nonce cookie`
const code = String.raw`authori[sz]ation[_ ]code|auth[_ ]code|\bcode parameter|server ?auth ?code`
const client = String.raw`client[_ ]?id|client[_ ]?secret|oauth client|client credentials`
const scope = String.raw`\bscopes?\b|permissions?`
const browser = String.raw`\bbrowser\b|xdg-open|web ?view`

const table: readonly Concept[] = [
  ['no_refresh_token', near(refreshToken, absent), { account: null }],
  ['refresh_token_refused', near(refreshToken, refused), refusedRefreshToken],
  [
    'client_secrets_invalid',
    near(clientFile, unreadable),
    { file: 'client_secret.json', problem: 'it is not the JSON that the program expects' },
  ],
  ['client_secrets_unreadable', near(clientFile, absent), { file: 'client_secret.json', problem: 'it does not exist' }],
  ['id_token_stale', near(idToken, late), {}],
  ['clock_wrong', near(idToken, early), { host: 'the issuer', seconds: null }],
  ['id_token_nonce_mismatch', near('nonce', `(?:${absent}|${differs}|${refused})`), {}],
  ['id_token_key_unknown', near(String.raw`\bjwks?\b|signing key|public key|\bkid\b`, absent), {}],
  [
    'id_token_invalid',
    near(idToken, `(?:${refused}|${unreadable}|${differs})`),
    { check: 'format', expected: 'an ID token of Google for your client', found: 'something else' },
  ],
  ['redirect_uri_not_registered', near(redirectUri, `(?:${differs}|${refused})`), { redirectUri: null }],
  ['session_state_lost', near(session, `(?:${absent}|${differs}|${refused})`), {}],
  ['code_missing', near(code, absent), { found: 'the response has no code' }],
  ['code_refused', near(code, refused), { error: 'invalid_grant', description: null }],
  ['keychain_value_too_long', near(keychain, String.raw`(?:too (?:long|large|big)|exceed\w{0,3}|maximum)`), {}],
  ['keychain_full', near(keychain, String.raw`(?:full\b|quota|no space|not enough)`), {}],
  [
    'keychain_locked',
    near(keychain, String.raw`(?:locked|unlock\w{0,3}|prompt|dismissed)`),
    { problem: 'see the text', platform: 'unknown' },
  ],
  [
    'keychain_missing',
    near(keychain, `(?:${absent}|unsupported|not (?:running|installed|supported|activatable))`),
    { problem: 'see the text', platform: 'linux' },
  ],
  ['keychain_failed', near(keychain, refused), { problem: 'see the text' }],
  [
    'client_refused',
    near(client, `(?:${refused}|unknown)`),
    { error: 'invalid_client', description: null, clientId: 'of this request' },
  ],
  [
    'scope_insufficient',
    near(scope, String.raw`(?:insufficient|not enough|lacks?|missing|denied)`),
    { service: 'the API', message: 'insufficient permission' },
  ],
  ['access_token_invalid', near(accessToken, `(?:${refused}|${late})`), {}],
  ['access_token_missing', near(accessToken, absent), {}],
  ['browser_missing', near(browser, `(?:${absent}|failed to|unable to|cannot|could(?: not|n't))`), {}],
]

/**
 * Recognises a subject and a complaint near each other, in sentences that no table has. They apply only to a text in
 * which no other recogniser finds anything.
 */
export const concepts: readonly Recogniser[] = table.map(([failure, words, details]) =>
  known(failure, 'possible', all(isAboutSignIn, words), details),
)
