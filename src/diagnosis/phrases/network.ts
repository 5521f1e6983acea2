import type { Facts } from '../facts.ts'
import { all, type Family, known } from '../recognisers/recogniser.ts'

// Names and addresses that could not be resolved or reached, as systems, languages and HTTP clients call it.
const unreachable =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_(?:SOCKET|CONNECT|CLOSED)\w{0,12}|ERR_(?:INTERNET_DISCONNECTED|NAME_NOT_RESOLVED|NETWORK\w{0,12}|CONNECTION_\w{3,12}|ADDRESS_UNREACHABLE|PROXY_CONNECTION_FAILED|TUNNEL_CONNECTION_FAILED))\b|Could not resolve host|Name or service not known|nodename nor servname|getaddrinfo failed|no such host|Failed to establish a new connection|Unable to find the server at|UnknownHostException|Unable to resolve host|NoRouteToHost|java\.net\.ConnectException|HttpHostConnectException|Temporary failure in name resolution|Max retries exceeded|ClientConnector\w{0,16}Error|Cannot connect to host|ConnectionFailed|Failed host lookup|SocketException|Connection failed\b|Network is unreachable|No route to host|socket hang up|fetch failed|Failed to fetch\b(?! (?:the |your |a |an )?(?:user|profile|token|data|calendar|file|event))|request to https?:\S{1,200} failed|error sending request for url|dns error|dial tcp\b|cURL error (?:5|6|7|35|52|56)\b|NSURLErrorDomain\D{0,12}-?10(?:03|04|05|09|20)|Internet connection appears to be offline|network connection was lost|No such host is known|connection attempt failed because the connected party|actively refused it|connection (?:was |has been )?(?:refused|reset|aborted|closed before)|auth\/network-request-failed|(?<!\w)network_error\b|A network error|Premature close|Network request failed|name resolution|error (?:occurred )?while sending the request|Fehler beim Senden der Anforderung|remote name could not be resolved|Unable to connect to the (?:remote )?server|": (?:unexpected )?EOF\b|unexpected EOF|reason: :(?:closed|timeout|econnrefused|nxdomain|ehostunreach)|connection closed\b|Connection (?:was )?closed unexpectedly|Failed to obtain access token.{0,2000}(?:socketErrorListener|ClientRequest)/i
const slow =
  /\bETIMEDOUT\b|\btimed out\b|\bUND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT\b|outgoing request timed out|(?:connection|request|operation|network|read|connect|socket|handshake) (?:has |was )?time(?:d)?[- ]?out|(?:connect|read|socket|sock)[ _]?timeout|i\/o timeout|context deadline exceeded|TLS handshake timeout|SocketTimeoutException|OpenTimeout|ReadTimeout|ConnectTimeout|timeout of \d{1,9}ms exceeded|timed out after \d{1,9} ?m?s|cURL error 28|NSURLErrorDomain\D{0,12}-?1001|TaskCanceledException.{0,80}Timeout|deadline exceeded/i
const tls =
  /SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|self[- ]signed certificate(?: in certificate chain)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|unable to (?:verify the first|get local issuer) certificate|CERT_HAS_EXPIRED|certificate (?:has |is )?expired|ERR_TLS_CERT_ALTNAME_INVALID|CERTIFICATE_VERIFY_FAILED|certificate verify failed|PKIX path building failed|SSLHandshakeException|SSLPeerUnverified\w{0,12}|x509: certificate \w+(?: \w+){0,6}|x509: .{1,60}|SSL certificate problem|cURL error (?:60|77)\b|SSL connection could not be established|remote certificate (?:is|was) (?:invalid|rejected)|(?:invalid peer|unknown) ?certificate|UnknownIssuer|HandshakeException|NSURLErrorDomain\D{0,12}-?120[0-6]|unknown ca\b|SSLError\b|EPROTO\b.{0,60}(?:ssl|tls)|EOF occurred in violation of protocol|SSLEOFError|wrong version number|tlsv1 alert|handshake failure|SSL_ERROR_\w{3,20}|secure channel|authentication or decryption has failed|SSL\/TLS/i
const proxy =
  /ProxyError|Unable to connect to proxy|Cannot connect to proxy|Tunnel connection failed|tunneling socket could not be established|Proxy Authentication Required|_prepare_proxy|_connect_tls_proxy|proxyconnect tcp|ERR_PROXY_\w{3,30}|ERR_TUNNEL_CONNECTION_FAILED|CONNECT tunnel failed/i

const toGoogle = ({ host = '' }: Facts): boolean => host.endsWith('.com')
const elsewhere = ({ host, namesOtherHost, isGoogle }: Facts): boolean =>
  (isGoogle || !namesOtherHost) && !(host?.endsWith('.com') ?? false)
const trouble =
  (pattern: RegExp): ((facts: Facts) => { readonly host: string; readonly problem: string }) =>
  ({ text, host }) => ({ host: host ?? 'the server', problem: problemIn(text, pattern) })

function problemIn(text: string, pattern: RegExp): string {
  const [words = 'no answer'] = pattern.exec(text) ?? []
  return words.length > 60 ? 'no answer' : words
}

// A stack names the functions of a library, and a page that the browser could not open is another failure.
const isPageOfBrowser = ({ text }: Facts): boolean =>
  /(?:localhost|127\.0\.0\.1|\[::1\]).{0,40}refused to connect|site can.?t be reached/i.test(text)

/**
 * The network, as systems, languages and HTTP clients report it. Other servers have the same trouble, so only the name
 * of a Google host makes it likely.
 */
export const networkPhrases: Family = {
  words:
    /ENOTFOUND|EAI_|ECONN|ETIMED|EHOST|ENET|EPIPE|EPROTO|UND_ERR|ERR_|connect|network|resol|host|servname|getaddrinfo|time(?:d)?[- ]?out|tls|ssl|cert|x509|PKIX|handshake|proxy|tunnel|socket|fetch|dns|dial|cURL|NSURL|internet|refused|route|EOF|closed|Premature|retries exceeded|unable to find the server|UnknownIssuer|secure channel|decryption|deadline|send|request to|reason: :|access token/i,
  recognisers: [
    known(
      'proxy_refused',
      'likely',
      all(proxy, (e) => !isPageOfBrowser(e)),
      ({ host, status }) => ({
        host: host ?? 'the server',
        status: status ?? 502,
      }),
    ),
    known('tls_failed', 'certain', all(tls, toGoogle), (facts) => ({
      ...trouble(tls)(facts),
      language: languageOf(facts),
    })),
    known('tls_failed', 'likely', all(tls, elsewhere), (facts) => ({
      ...trouble(tls)(facts),
      language: languageOf(facts),
    })),
    known(
      'timed_out',
      'likely',
      all(slow, (e) => toGoogle(e) || elsewhere(e), hasSeconds),
      ({ host, text }) => ({
        host: host ?? 'the server',
        seconds: secondsIn(text) ?? 1,
      }),
    ),
    known(
      'unreachable',
      'likely',
      all(slow, (e) => toGoogle(e) || elsewhere(e)),
      trouble(slow),
    ),
    known(
      'unreachable',
      'certain',
      all(unreachable, toGoogle, (e) => !isPageOfBrowser(e)),
      trouble(unreachable),
    ),
    known(
      'unreachable',
      'likely',
      all(unreachable, elsewhere, (e) => !isPageOfBrowser(e)),
      trouble(unreachable),
    ),
  ],
}

/** Returns the language by the words of its TLS library, or by the library that printed the text. */
function languageOf({ text, library }: Facts): string | undefined {
  if (/cURL error \d/i.test(text)) return 'PHP'
  if (/PKIX|SSLHandshakeException/.test(text)) return 'Java'
  if (/x509: /.test(text)) return 'Go'
  if (/CERTIFICATE_VERIFY_FAILED|SSLError|_ssl\.c/.test(text)) return 'Python'
  return library?.language
}

function hasSeconds({ text }: Facts): boolean {
  return secondsIn(text) !== undefined
}

function secondsIn(text: string): number | undefined {
  const [, amount, unit] = /(?:after|of) (\d{1,7}) ?(ms|milliseconds|s|seconds)\b/.exec(text) ?? []
  if (amount === undefined) return undefined
  return Math.max(1, Math.round(Number(amount) / (unit?.startsWith('m') === true ? 1000 : 1)))
}
