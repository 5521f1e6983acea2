import { redacted } from './redacted.ts'

/** The facts in a pasted text, without its secrets. */
export interface Evidence {
  /** The whole text in one line: plain quotes, no escapes, no tags, encoded parts decoded. */
  readonly text: string
  /** The OAuth error code (RFC 6749 sections 4.1.2.1 and 5.2) or an equivalent word. */
  readonly error: string | undefined
  readonly description: string | undefined
  /** Google's `error_subtype`. */
  readonly subtype: string | undefined
  readonly status: number | undefined
  /** The requested grant, if the surrounding words reveal it. */
  readonly grant: 'code' | 'refresh' | undefined
  /** Whether the text comes from a page in the browser, not from the token endpoint. */
  readonly isAuthorizationPage: boolean
  /** The kind of request that the error responds to, if its surroundings reveal it. */
  readonly request: RequestKind | undefined
  /** Whether something in the text belongs to Google. */
  readonly isGoogle: boolean
  /** Whether the text comes from another system that uses the same words. */
  readonly isForeign: boolean
  /** The first Google host, or else this machine. */
  readonly host: string | undefined
  /** Whether the text names hosts, but none of Google's. */
  readonly namesOtherHost: boolean
}

/** A kind of request that Google can reject because of its parameters. */
type RequestKind = 'authorization' | 'token' | 'device' | 'revocation'

/**
 * Extracts the evidence from pasted text: JSON, escaped JSON, objects as Python, PHP, JavaScript, Java and Go print
 * them, URLs (with the `authError` of Google's error page), HTML, logs. One tolerant parser handles all of them, in
 * linear time.
 */
export function evidenceIn(pasted: string): Evidence {
  const text = redacted(plain(`${pasted}${authErrorsIn(pasted)}`))
  return {
    text,
    error: member(text, 'error', '[a-z][a-z_]{2,40}') ?? member(text, 'error_code', '[a-z][a-z_]{2,40}'),
    description: description(text),
    subtype: member(text, 'error_subtype', '[a-z][a-z_]{2,40}'),
    status: statusIn(text),
    grant: grantIn(text),
    isAuthorizationPage: authorizationPage.test(text),
    request: requestIn(text),
    isGoogle: google.test(text),
    isForeign: foreignAlways.test(text) || (foreign.test(text) && !google.test(text)),
    host: googleHost.exec(text)?.[0] ?? loopbackHost.exec(text)?.[0],
    namesOtherHost: !googleHost.test(text) && otherHost.test(text),
  }
}

const googleHost = /\b(?:[a-z\d-]{1,40}\.){0,3}(?:googleapis|google)\.com\b/i
const loopbackHost = /\b(?:localhost|127\.0\.0\.1)(?::\d{2,5})?\b/i
// The domain of an email address is not a host that responded.
const otherHost = /(?<![@.\w-])(?:[a-z\d-]{1,40}\.){0,4}[a-z\d-]{2,40}\.(?:com|org|io|dev|cloud|local|internal)\b/i
const google =
  /googleapis\.com|accounts\.google\.com|googleusercontent\.com|com\.google\.android|google-auth-library|GaxiosError|googleapi:|oauth2client|Google[_\\]Client|google\.auth|google\.oauth|GIDSignIn|console\.(?:developers|cloud)\.google/i
const foreignAlways =
  /AADSTS\d|login\.microsoftonline\.com|\.amazonaws\.com|registry\.npmjs\.org|npm (?:ERR!|error) code E(?:4|NE|OTP|TIME|SELF)|Error response from daemon|docker\.io\b/i
const foreign =
  /\bokta\b|errorSummary|MUST match the registered callback|auth0\.com|github\.com\/login\/oauth|developer\.github\.com|docs\.github\.com|<RequestId>|\bAWS\b|aws-sdk|ExpiredTokenException|InvalidClientTokenId|keycloak|gitlab|salesforce|slack\.com|graph\.facebook|OAuthException|spotify|discord|atlassian|linkedin|\bstripe\b|twitter\.com|dropbox|cognito|\bpypi\.org|\bpsql\b|mysql|redis|postgres|mongodb|kube(?:ctl|let)/i
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
    `(?<![\\w-])${name}["']?\\]?\\s{0,3}(?:=>|[:=])\\s{0,3}(?:string\\(\\d{1,5}\\)\\s?)?["']?(${value})`,
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

const refreshWords =
  /grant_type["']?\s?[:=>]{1,2}\s?["']?refresh_token|refreshToken(?:NoCache|Grant)\b|refresh_?Token ?(?:\(|error|failed|grant|request)|refreshAccessToken|refreshing|RefreshError|\brefresh(?:ing)? (?:the |access |oauth )*token|refresh_handler|couldn't fetch token|Token\.Refresh|executeRefreshToken|fetchAccessTokenWithRefreshToken|reauth|token source|oauth2: cannot fetch token|stored token/i
const codeWords =
  /grant_type["']?\s?[:=>]{1,2}\s?["']?authorization_code|authorization[_ ]code|auth(?:orization)?[ _]?code\b|\bgetToken(?:Async)?\b|fetch_token|fetchAccessTokenWithAuthCode|AuthorizationCodeTokenRequest|conf\.Exchange|exchang|serverAuthCode|code=\[|\bcallback\b|unable to retrieve token from web/i

function grantIn(text: string): Evidence['grant'] {
  const isRefresh = refreshWords.test(text)
  const isCode = codeWords.test(text)
  return isRefresh === isCode ? undefined : isRefresh ? 'refresh' : 'code'
}

const entities: Readonly<Record<string, string>> = { quot: '"', '#39': "'", '#34': '"', amp: '&', lt: '<', gt: '>' }

/** Returns the text as one line, ready for pattern matching. */
function plain(text: string): string {
  return unescaped(text)
    .replace(/[‘’‚´]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/：/g, ':')
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(
      /<\/?(?:html|head|body|title|meta|link|script|style|div|p|span|a|b|i|em|strong|br|h\d|pre|code|ul|ol|li|img|table|tr|td)\b[^<>]{0,500}>/gi,
      ' ',
    )
    .replace(/&(quot|#39|#34|amp|lt|gt);/g, (_, name: string) => entities[name] ?? ' ')
    .replace(/\s+/g, ' ')
}

/** Removes the escapes of JSON strings and URLs. Text may be escaped twice. */
function unescaped(text: string): string {
  return text
    .replace(/\\{1,8}u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\{1,8}[nrt]/g, ' ')
    .replace(/\\{1,8}(["'/])/g, '$1')
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
