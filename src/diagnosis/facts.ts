import { outsideText, withoutStringEscapes } from '../core/outside-text.ts'
import { withoutDistinctiveSecrets } from '../failures/secret-shapes.ts'
import { type Library, libraryIn } from './libraries.ts'
import { redacted } from './redacted.ts'

/** The facts in a pasted text, without its secrets. */
export interface Facts {
  /** The whole text in one line: plain quotes, no escapes, no tags, encoded parts decoded. */
  readonly text: string
  /** The OAuth error code (RFC 6749 sections 4.1.2.1 and 5.2) or an equivalent word. */
  readonly error: string | undefined
  readonly description: string | undefined
  /** Google's `error_subtype`. */
  readonly subtype: string | undefined
  readonly status: number | undefined
  /** The library, SDK or program that printed the text. */
  readonly library: Library | undefined
  /** The requested grant, if the surrounding words reveal it. */
  readonly grant: 'code' | 'refresh' | undefined
  /** Whether the text comes from a page in the browser, not from the token endpoint. */
  readonly isAuthorizationPage: boolean
  /**
   * Whether the text is about errors rather than one: `many` different OAuth errors, or source `code` and lists of
   * changes or test results that mention one.
   */
  readonly isAboutErrors: 'many' | 'code' | undefined
  /** The kind of request that the error responds to, if its surroundings reveal it. */
  readonly request: RequestKind | undefined
  /** Whether something in the text belongs to Google. */
  readonly isGoogle: boolean
  /** The words of another system that uses the same words as Google. */
  readonly otherSystem: string | undefined
  /** The first Google host, or else this machine. */
  readonly host: string | undefined
  /** Whether the text names hosts, but none of Google's. */
  readonly namesOtherHost: boolean
}

/** A kind of request that Google can reject because of its parameters. */
type RequestKind = 'authorization' | 'token' | 'device' | 'revocation'

/**
 * Extracts the facts from pasted text: JSON, escaped JSON, objects as Python, PHP, JavaScript, Java and Go print them,
 * URLs (with the `authError` of Google's error page), HTML, logs. One tolerant parser handles all of them, in linear
 * time.
 */
export function factsIn(pasted: string): Facts {
  const cleaned = outsideText(withoutDistinctiveSecrets(pasted)).replace(challenge, challengeIn)
  const text = redacted(plain(`${cleaned}${authErrorsIn(cleaned)}`))
  const library = libraryIn(text)
  return {
    text,
    error: errorIn(text),
    description: description(text),
    subtype: member(text, 'error_subtype', '[a-z][a-z_]{2,40}'),
    status: statusIn(text),
    library,
    grant: grantIn(text, library),
    isAuthorizationPage: authorizationPage.test(text),
    request: requestIn(text),
    isAboutErrors: aboutErrors(cleaned),
    isGoogle: google.test(text) || googlesWords.test(text) || authorizationPage.test(text) || onlyCode.test(text),
    otherSystem: otherSystem.exec(text)?.[0],
    host: googleHost.exec(text)?.[0] ?? loopbackHost.exec(text)?.[0],
    // A library names its documentation.
    namesOtherHost: !googleHost.test(text) && library === undefined && otherHost.test(text),
  }
}

// Gmail's answer to a refused token (XOAUTH2): a JSON document in Base64.
const challenge = /\beyJzdGF0dXMi[\w+/=]{0,400}/g
const challengeIn = (encoded: string): string =>
  ` XOAUTH2 challenge ${Buffer.from(encoded, 'base64').toString('utf8')} `

function errorIn(text: string): string | undefined {
  // A word without an underscore is the beginning of a sentence.
  const code = '[a-z]{2,20}(?:_[a-z]{2,20}){1,4}'
  return member(text, 'error', code) ?? member(text, 'error_code', code)
}

const googleHost = /\b(?:[a-z\d-]{1,40}\.){0,3}(?:googleapis|google)\.com\b/i
const loopbackHost = /\b(?:localhost|127\.0\.0\.1)(?::\d{2,5})?\b/i
// The domain of an email address is not a host that responded.
const otherHost = /(?<![@.\w-])(?:[a-z\d-]{1,40}\.){0,4}[a-z\d-]{2,40}\.(?:com|org|io|dev|cloud|local|internal)\b/i
// Google's name, its file and package names, and tokens of its shape, as they are after masking.
const google =
  /google|gmail|gcloud|\bgsi\b|firebase|android\.gms|GIDSignIn|oauth2client|\[(?:access token|refresh token|authorization code|client secret|device code)\]|\bgcs\b|\brclone\b|\bgaxios/i
// Sentences of its endpoints and pages, which other servers do not use.
const googlesWords =
  /Missing required parameter: |Required parameter is missing|That's an error|Access blocked|\w's request is invalid|sent an invalid request\b|ApiException: \d/i
// Somebody who types a number or an error code alone asks about those of Google and its SDKs.
const onlyCode =
  /^ ?(?:[a-z]{2,10}[ :=#_-]{1,3}){0,4}["'(]?\d{1,5}["')]?[:.]? ?$|^ ?(?:error:? ?)?["'`(]?[a-z]{3,20}(?:_[a-z]{2,20}){1,5}["'`)]?[:.]? ?$/i
const otherSystem =
  /AADSTS\d|login\.microsoftonline\.com|\bMSAL\b|azure\w{0,20}|\.amazonaws\.com|\bAWS\b|aws-sdk|awssdk|<RequestId>|ExpiredTokenException|InvalidClientTokenId|cognito|registry\.npmjs\.org|npm (?:ERR!|error) code E(?:4|NE|OTP|TIME|SELF)|Error response from daemon|docker\.io\b|docker (?:login|pull|push)|\bokta\b|errorSummary|MUST match the registered callback|auth0\.com|github\.com\/login|(?:developer|docs|api)\.github\.com|keycloak|gitlab|salesforce|slack|graph\.facebook|OAuthException|spotify|discord|atlassian|linkedin|\bstripe\b|twitter\.com|dropbox|shopify|\bzoom\.us|\bbox\.com|onedrive|mastodon|doorkeeper|pypi\.org\/simple|files\.pythonhosted\.org|\bpsql\b|mysql|redis:|postgres|mongodb|elasticsearch|kube(?:ctl|let)|anthropic|openai|\bnginx\b|\bapt(?:-get)?\b.{0,40}Release|codesign\b|\bgit clone\b|fatal: unable to access|smtp\.(?!g)\w{2,20}\.|Let's Encrypt|puppeteer/i
// The title of the error page in any language, such as Error or Fehler, and not the status line of HTTP.
const titleText = String.raw`(?<![\p{L}\p{M}])(?!http|status|code|response)[\p{L}\p{M}]{2,12} ?40[0-9] ?: ?[a-z]+_[a-z_]+`
const authorizationPage = new RegExp(
  String.raw`Access blocked|accounts\.google\.com\/(?:o\/oauth2|signin\/oauth|v3\/signin)|can't sign in|(?<!http |status |code |response )${titleText}|authError|Authorized redirect URIs|register the redirect URI|redirect URI in the request`,
  'iu',
)
// A body of the token endpoint, in any notation but that of a URL: `error_description` never follows "?", "&" or "#".
const errorBody = /(?<![?&#\w-])error_?description["']?\]?\s{0,3}(?:=>|[:=])/i
const pageTitle =
  /Access blocked|That's an error|\bauthError\b|\/signin\/oauth\/|[?&#]error=|appauth\.oauth_authorization|AuthorizationError\b/i
const titleOfAnyLanguage = new RegExp(String.raw`(?<!http |status |code |response |token )${titleText}`, 'iu')
const tokenCaller =
  /\/token\b|\btoken (?:endpoint|request|error|exchange)|Token(?:Response|Retrieve|Endpoint|Request)?(?:Exception|Error)\b|(?:Gaxios|ResponseBody|Refresh|InvalidGrant|FlowExchange)Error|cannot fetch token|oauth2: "|getToken|fetch_token|fetchAccessToken|appauth\.oauth_token|\bgrant_type\b|code exchange|exchang(?:e|ing) (?:the |authorization |server ?auth)*code/i
const authorizationAddress = /\/o\/oauth2\/(?:v\d\/)?auth\b|authorization (?:endpoint|request|url)/i

const oauthErrors =
  /\b(?:invalid_(?:grant|client|request|scope|token)|unauthorized_client|access_denied|redirect_uri_mismatch|org_internal|admin_policy_enforced|disallowed_useragent|deleted_client|unsupported_grant_type|invalid_rapt|origin_mismatch|login_required|expired_token|slow_down)\b/g
const sourceCode =
  /(?:^|\n)[ \t]*(?:if \(|case ['"]|\} else|const \w+ = [{['"]|export (?:const|function|class|default)|import .{0,60} from |def test_|it\(['"]|describe\(|\/\/ |- (?:feat|fix|docs|chore)|(?:feat|fix|docs|chore)(?:\(\w+\))?: |✓ |\| ?[\w`-]{2,40} ?\| )/

/** Four different errors are never those of one run. */
function aboutErrors(text: string): Facts['isAboutErrors'] {
  if (new Set(text.match(oauthErrors)).size >= 4) return 'many'
  return sourceCode.test(text) && !/\b(?:Traceback|Exception|at \S{1,200}:\d)/.test(text) ? 'code' : undefined
}

/** The strongest sign first: a body, then the title of a page, then the caller of an endpoint, then an address. */
function requestIn(text: string): RequestKind | undefined {
  const endpoint = /\/device\/code\b/i.test(text) ? 'device' : /\/revoke\b/i.test(text) ? 'revocation' : 'token'
  if (errorBody.test(text)) return endpoint
  if (pageTitle.test(text) || titleOfAnyLanguage.test(text)) return 'authorization'
  if (endpoint !== 'token' || tokenCaller.test(text)) return endpoint
  return authorizationAddress.test(text) ? 'authorization' : undefined
}

/**
 * Returns the value after a name, in any notation: `"error": "x"`, `error=x`,
 * `["error"]=> string(1) "x"`, `error='x'`.
 */
function member(text: string, name: string, value: string): string | undefined {
  const found = new RegExp(
    `(?<![\\w-])${name}["']?\\]?\\s{0,3}(?:=>|[:=])\\s{0,3}(?:string\\(\\d{1,5}\\)\\s?|Some\\()?["']?(${value})`,
    'i',
  ).exec(text)
  return found?.[1]
}

// Sentences from Google's error_description, for texts that do not name the member.
const sentences =
  /Malformed auth code\.?|Code was already redeemed\.?|Missing code verifier\.?|Invalid code verifier\.?|code_verifier or verifier is not needed\.?|Token has been expired or revoked\.?|Token expired or revoked\.?|The OAuth client was (?:not found|deleted|disabled)\.?|The provided client secret is invalid\.?|reauth related error \(\w+\)|Invalid client type\.?|Invalid device flow scope: \S{1,200}/i

function description(text: string): string | undefined {
  const known = sentences.exec(text)?.[0]
  if (known !== undefined) return known
  const named = member(text, 'error_?description', '[^"]{2,300}')
  // In form encoding or single quotes, the value ends before the next name.
  return (
    named
      ?.replace(/(?:'\s*[,})\]]|&\w+=|[,}]\s*'?\w+'?\s*[:=]|\s[a-z_]+ ?[:=]).*$/i, '')
      // A long word is not part of a sentence, and may be a secret.
      .replace(/[^\s"']{32,}/g, '…')
      .trim() || undefined
  )
}

function statusIn(text: string): number | undefined {
  const found =
    /\b(?:HTTP\/[\d.]{1,3}|HTTP(?: status)?(?: code)?|status(?:_?code)?["']?\s?[:=]?|code["']?\s?[:=]|Error|response)\s?["']?([45]\d\d)\b/i.exec(
      text,
    )
  return found === null ? undefined : Number(found[1])
}

// Requests and calls, which prove more than the words of messages.
const refreshCalls =
  /grant_type["']?\s?[:=>]{1,2}\s?["']?refresh_token|(?:[?&'" {]|^)refresh_token["']?\s?[:=]\s?["']?(?:\[refresh|[^\s"'&]{1,60}&client_id)|refresh_?Token(?:NoCache|Grant|Async|Request)?\b ?\(|refreshTokenNoCache|refreshTokenGrant|refresh_?Access_?Token|\bRefreshError\b|executeRefreshToken|fetchAccessTokenWithRefreshToken|refresh_handler|OAuth2::Refresh|do_?refresh\w{0,20} ?\(|refresh_grant|couldn't fetch token|tokenRefresher|oauth2: cannot fetch token|token source|Token\.Refresh|oauth2\/credentials\.py|XOAuth2|xoauth2handler/i
const codeCalls =
  /grant_type["']?\s?[:=>]{1,2}\s?["']?authorization_code|\bgetToken(?:Async)?\b ?\(|\bat (?:async )?(?:\w{1,40}\.)?getToken(?:Async)?\b|fetch_token|fetchAccessTokenWithAuthCode|AuthorizationCodeTokenRequest|AuthorizationCode(?:Token|Grant)\w{0,30}|conf\.Exchange|Client\.callback|code=\[|[?&]code=|exchangeCode\w{0,20}|validateAuthorizationCode|redeem\w{0,10} ?code|serverAuthCode|OAuth2::Auth\(|unable to retrieve token from web/i
const refreshWords =
  /\brefresh(?:ed|ing|es)?\b|refresh_?token|\btoken (?:is|has|was|have) (?:been )?expired\b|reauth|re-authenticat|reconnect|stored token|token refresh|renew\w{0,4}\b/i
const codeWords =
  /authorization[_ ]code\b(?!, resource)|\bauth(?:entication|orization)?[ _]?code\b(?!, resource)|code exchange|exchang\w{1,4}|\bredeem\w{0,4}|\/callback\b|\/oauth2?callback\b|\bcallback(?:_url|url)\b|sign_?in\b.{0,30}\bcode\b/i

// A call of an API needs an access token, and nobody exchanges a code for it at that moment.
const apiCall = /googleapis\.com\/(?!oauth2|token)[a-z]{3,20}\/v\d/

// Words of programs that run without a user.
const unattended =
  /\b(?:auto)?backups?\b|\bupload\w{0,3}\b|\bsync\w{0,6}\b|\bcron\b|\bschedul\w{1,4}\b|\bmount\b|\bworker\b|\bdaemon\b|\bsend\w{0,3} (?:the |an? )?(?:e-?mail|message)|\b(?:list|fetch|read|get|creat|updat)\w{0,4} (?:the |an? |all )?(?:files?|events?|messages?|calendars?|contacts?|photos?|spreadsheets?|sheets?)\b/i

/** The request that a program sent decides, then its words, then what its library is for. */
function grantIn(text: string, library: Library | undefined): Facts['grant'] {
  return (
    oneOf(refreshCalls.test(text), codeCalls.test(text)) ??
    oneOf(refreshWords.test(text), codeWords.test(text)) ??
    (apiCall.test(text) || unattended.test(text) ? 'refresh' : undefined) ??
    (library?.grant === 'assertion' ? undefined : library?.grant)
  )
}

function oneOf(isRefresh: boolean, isCode: boolean): Facts['grant'] {
  return isRefresh === isCode ? undefined : isRefresh ? 'refresh' : 'code'
}

/** Returns the text as one line, ready for pattern matching. */
function plain(text: string): string {
  return unescaped(text)
    .replace(/：/g, ':')
    .replace(
      /<\/?(?:html|head|body|title|meta|link|script|style|div|p|span|a|b|i|em|strong|br|h\d|pre|code|ul|ol|li|img|table|tr|td)\b[^<>]{0,500}>/gi,
      ' ',
    )
    .replace(/\s+/g, ' ')
}

/** Removes the escapes of strings, of URLs and of forms. */
function unescaped(text: string): string {
  return withoutStringEscapes(text)
    .replace(/(?:%[0-9a-f]{2})+/gi, percentDecoded)
    .replace(/(?:%[0-9a-f]{2})+/gi, percentDecoded)
    .replace(/[?&][\w.-]{1,60}=[^\s"'&<>]{1,2000}/g, (parameter) => parameter.replaceAll('+', ' '))
}

function percentDecoded(bytes: string): string {
  try {
    return decodeURIComponent(bytes)
  } catch {
    return bytes
  }
}

/** Returns the error in the URL of Google's error page: a protocol buffer, whose readable parts are enough. */
function authErrorsIn(pasted: string): string {
  const found = [...pasted.matchAll(/authError=([\w%+/=-]{8,8000})/g)].slice(0, 3)
  return found
    .map(([, value]) => Buffer.from(percentDecoded(value ?? ''), 'base64url').toString('utf8'))
    .map((decoded) => ` authError ${readable(decoded)}`)
    .join('')
}

function readable(decoded: string): string {
  // In "Request details", a tag and a length separate a name and its value.
  return decoded.replace(/redirect_uri\p{Cc}(?:\ufffd\p{Cc}|.)/gu, 'redirect_uri=').replace(/[\p{Cc}\ufffd]+/gu, ' ')
}
