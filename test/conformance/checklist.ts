import { type Pin, pin, type Rule } from './pinned-rules.ts'

const conformance = 'test/conformance'
const authorization = `${conformance}/checklist-authorization.test.ts`
const tokens = `${conformance}/checklist-tokens.test.ts`
const relyingParty = `${conformance}/relying-party-rows.ts`
const otherServer = `${conformance}/oauth2-mock-server.test.ts`
const browser = 'test/browser/login.test.ts'
const login = 'test/commands/login.test.ts'
const twoStep = 'test/commands/login-two-step.test.ts'
const device = 'test/commands/login-device.test.ts'
const exchange = 'test/commands/exchange.test.ts'
const accounts = 'test/commands/accounts.test.ts'
const idToken = 'test/oauth/id-token.test.ts'
const jwks = 'test/oauth/jwks.test.ts'
const http = 'test/http/request.test.ts'

const loopback: readonly Rule[] = [
  {
    id: 'N1',
    rule: 'The system browser, never an embedded one (RFC 8252 section 6).',
    code: 'src/terminal/browser.ts',
    pins: pin(browser, 'the browser command gets the address as its last argument, and no secret'),
  },
  {
    id: 'N2',
    rule: 'The redirect URI is http://127.0.0.1 with a free port, not localhost (RFC 8252 sections 7.3 and 8.3).',
    code: 'src/oauth/redirect-uri.ts',
    pins: pin(login, 'requests offline access with PKCE, state and nonce, and stores the tokens'),
  },
  {
    id: 'N3',
    rule: 'The listener is only on the loopback interface, and only while it waits for a response (RFC 8252 section 8.3).',
    code: 'src/oauth/redirect-listener.ts',
    pins: [
      ...pin(authorization, 'listens on 127.0.0.1 alone, and is gone when the login is over'),
      ...pin(browser, 'stops listening when it is over: a second tab finds nothing there'),
    ],
  },
  {
    id: 'N4',
    rule: 'PKCE with every login (RFC 8252 section 8.1).',
    code: 'src/oauth/authorization-request.ts',
    pins: pin(login, 'requests offline access with PKCE, state and nonce, and stores the tokens'),
  },
  {
    id: 'N5',
    rule: 'A state of high entropy, bound to this run; gsa accepts no response without it (RFC 6749 section 10.12).',
    code: 'src/oauth/authorization-response.ts',
    pins: [
      ...pin(
        login,
        'refuses requests that are not its response, and keeps waiting',
        'says when only responses to other logins arrived',
      ),
      ...pin(authorization, 'has a new state and nonce for every login'),
      ...pin(twoStep, 'exits with 6 for another state, and keeps waiting for the right one'),
    ],
  },
  {
    id: 'N6',
    rule: 'No implicit grant (RFC 9700 section 2.1.2).',
    code: 'src/oauth/authorization-request.ts',
    pins: pin(authorization, 'accepts no access token in place of a code', 'requests the named scopes and no others'),
  },
  {
    id: 'N7',
    rule: 'gsa does not rely on the secret of an installed client, and does not show it (RFC 8252 section 8.5).',
    code: 'src/oauth/token-endpoint.ts',
    pins: pin(authorization, 'binds a desktop client by PKCE besides its secret, which it never contains'),
  },
  {
    id: 'N8',
    rule: 'Every login, and therefore every server, has its own redirect URI (RFC 8252 section 8.10).',
    code: 'src/oauth/redirect-uri.ts',
    pins: [
      ...pin(authorization, 'has another address for every login'),
      ...pin(twoStep, 'uses a new state, nonce, challenge and redirect URI every time'),
    ],
  },
  {
    id: 'N9',
    rule: 'The listener accepts one response; it rejects another path, method or Host and keeps waiting.',
    code: 'src/oauth/redirect-listener.ts',
    pins: [
      ...pin(
        login,
        'refuses requests that are not its response, and keeps waiting',
        'answers the same response twice with the same page',
      ),
      ...pin(browser, 'refuses requests that are not its response, and then accepts its response'),
      ...pin(twoStep, 'works once: refuses a replay and sends nothing'),
    ],
  },
  {
    id: 'N10',
    rule: 'The page loads nothing, is not cached, sends no referrer, clears the address and escapes its content (RFC 9700 section 4.2.4).',
    code: 'src/oauth/result-page.ts',
    pins: [
      ...pin(
        authorization,
        'loads nothing, is not cached, sends no referrer, and removes the code from the address',
        'allows only its own script and style, by their hashes',
        'shows server messages as text',
      ),
      ...pin(browser, 'leaves no code in the address bar, in the history or on the page'),
    ],
  },
]

const fresh = "uses S256 of a fresh verifier of 43 characters, whatever the server's metadata says"

const pkce: readonly Rule[] = [
  {
    id: 'P1',
    rule: 'A verifier of 43 to 128 unreserved characters with 256 random bits (RFC 7636 sections 4.1 and 7.1).',
    code: 'src/oauth/authorization-request.ts',
    pins: pin(authorization, fresh),
  },
  {
    id: 'P2',
    rule: 'S256 and never plain (RFC 7636 sections 4.2 and 7.2).',
    code: 'src/oauth/authorization-request.ts',
    pins: pin(authorization, fresh),
  },
  {
    id: 'P3',
    rule: 'A new verifier for every login (RFC 9700 section 2.1.1).',
    code: 'src/oauth/authorization-request.ts',
    pins: [
      ...pin(authorization, fresh),
      ...pin(twoStep, 'uses a new state, nonce, challenge and redirect URI every time'),
    ],
  },
  {
    id: 'P4',
    rule: 'gsa sends the verifier only with codes that it requested with its challenge (RFC 9700 section 4.8.2).',
    code: 'src/commands/exchange.ts',
    pins: pin(authorization, 'has no verifier for a code from elsewhere unless you give one'),
  },
  {
    id: 'P5',
    rule: 'gsa says that a pasted code has no PKCE.',
    code: 'src/credentials/redeem-code.ts',
    pins: pin(exchange, 'says that PKCE does not bind a pasted code'),
  },
]

const oauth: readonly Rule[] = [
  {
    id: 'O1',
    rule: 'gsa sends a code only once, whatever happens (RFC 6749 sections 4.1.2 and 10.5).',
    code: 'src/oauth/token-endpoint.ts',
    pins: [
      ...pin(tokens, 'nothing is stored, and the code is sent once'),
      ...pin(exchange, 'sends a code once, and after a lost response says to treat it as used'),
      ...pin(otherServer, '; a code is sent once'),
      ...pin(
        'test/http/connections.test.ts',
        'cannot leave it uncertain whether a code was read: a code has its own connection',
      ),
      ...pin('test/accounts/used-codes.test.ts', 'is not sent again by the next run, which would revoke its tokens'),
    ],
  },
  {
    id: 'O2',
    rule: 'The redirect URI of the token request is that of the authorization request (RFC 6749 section 4.1.3).',
    code: 'src/credentials/login.ts',
    pins: [
      ...pin(authorization, 'names the redirect URI that the token request repeats exactly'),
      ...pin(exchange, 'sends the redirect URI that fits a code from %s'),
    ],
  },
  {
    id: 'O3',
    rule: 'Token requests use TLS, and gsa follows no redirect (RFC 9700 section 4.12).',
    code: 'src/http/request.ts',
    pins: [
      ...pin(http, 'does not follow a redirect'),
      ...pin(tokens, 'is not contacted with an untrusted certificate'),
      ...pin('test/http/url-rule.test.ts', 'but not %j'),
    ],
  },
  {
    id: 'O4',
    rule: 'Token responses are JSON of the right shape; bearer in upper or lower case; unknown members and a missing scope are fine (RFC 6749 section 5).',
    code: 'src/oauth/token-endpoint.ts',
    pins: [
      ...pin(tokens, 'may have the scopes in another order and under other names, and unknown members'),
      ...pin(tokens, 'an access token that is a number', 'no token type', 'a truncated object'),
      ...pin(relyingParty, 'spells the token type bEARER', 'announces neither scope nor lifetime'),
    ],
  },
  {
    id: 'O5',
    rule: 'gsa sends the access token only in the Authorization header (RFC 6750 sections 2.1 and 5.3).',
    code: 'src/api/call.ts',
    pins: pin(relyingParty, 'requires the access token in the Authorization header and nowhere else'),
  },
  {
    id: 'O6',
    rule: 'gsa requests no more scopes than the user named (RFC 9700 section 2.3).',
    code: 'src/oauth/scopes.ts',
    pins: pin(authorization, 'requests the named scopes and no others'),
  },
  {
    id: 'O7',
    rule: 'A pasted code stores only an account that the user expects or agrees to (RFC 9700 section 4.5.3).',
    code: 'src/credentials/accept-tokens.ts',
    pins: pin(
      exchange,
      'stores nothing for an account other than the expected one',
      'asks on a terminal before storing a new account, and not again for a known one',
      'refuses an ID token without the requested nonce',
    ),
  },
  {
    id: 'O8',
    rule: 'gsa uses neither a response that names another issuer, nor its error (RFC 9207 section 2.4).',
    code: 'src/oauth/authorization-response.ts',
    pins: [
      ...pin(login, 'a foreign issuer', 'a foreign issuer with an error'),
      ...pin(relyingParty, 'drops the issuer of the authorization response, which its discovery document promises'),
    ],
  },
  {
    id: 'O9',
    rule: 'The listener redirects to no other page (RFC 9700 section 4.11).',
    code: 'src/oauth/redirect-listener.ts',
    pins: pin(authorization, 'never redirects, whatever it gets'),
  },
  {
    id: 'O10',
    rule: 'Refresh tokens are kept in a store, rotated with the server, and deleted when access is revoked (RFC 9700 section 2.2.2).',
    code: 'src/credentials/access.ts',
    pins: [
      ...pin(
        accounts,
        'stores a rotated refresh token',
        'revokes access, deletes the local copy, and proves it with a refused refresh',
      ),
      ...pin('test/keychain/keychain.test.ts', 'is the only place where the tokens are'),
    ],
  },
  {
    id: 'O11',
    rule: 'No gsa page communicates with another window, so there is no origin to check (RFC 9700 section 4.17).',
    code: 'src/oauth/result-page.ts',
    pins: pin(authorization, 'sends messages to no other window, and receives none'),
  },
  {
    id: 'O12',
    rule: 'No password grant (RFC 9700 section 2.4).',
    code: 'src/oauth/token-endpoint.ts',
    pins: pin(tokens, 'the only grant types are authorization code, device code and refresh token'),
  },
  {
    id: 'O13',
    rule: 'No code or token in logs, arguments, addresses or reports.',
    code: 'src/http/trace.ts',
    pins: [
      ...pin(tokens, 'a whole session with --debug shows no secret'),
      ...pin(
        tokens,
        'does not show the code, the client secret or the refresh token, even where the server repeats them',
      ),
      ...pin(http, 'shows no secret in its log'),
      ...pin('test/core/secret.test.ts', 'does not show in %s'),
    ],
  },
]

const deviceAuthorization = 'src/oauth/device-authorization.ts'
const polls = pin(
  device,
  'come no faster than told, and permanently slower after slow_down',
  'no interval, which means five seconds',
  'is cut off',
  'continue when one gets no response in time',
)

const deviceFlow: readonly Rule[] = [
  {
    id: 'D1',
    rule: 'The client has the limited-input type; gsa refuses another one and names the required type.',
    code: 'src/commands/login/device.ts',
    pins: pin(
      device,
      'for a web client, fails before sending anything',
      'for a desktop client, whose file looks the same, says which type to create',
    ),
  },
  {
    id: 'D2',
    rule: 'Only scopes that the device flow allows; a refusal lists them.',
    code: deviceAuthorization,
    pins: pin(device, 'for a scope, lists those that a device may request'),
  },
  {
    id: 'D3',
    rule: 'Google uses verification_url where the RFC has verification_uri; gsa accepts both.',
    code: deviceAuthorization,
    pins: [
      ...pin(device, "accepts the address under the RFC's name, and never one with the code filled in"),
      ...pin(
        'test/oauth/device-authorization.test.ts',
        'from Google is accepted unchanged, and its device code is a secret',
      ),
    ],
  },
  {
    id: 'D4',
    rule: 'gsa polls no faster than the server says, permanently slower after slow_down, and slower while polls fail (RFC 8628 section 3.5).',
    code: deviceAuthorization,
    pins: polls,
  },
  {
    id: 'D5',
    rule: 'gsa shows the code and the address; it opens nothing, and shows no address that contains the code (RFC 8628 section 5.4).',
    code: 'src/commands/login/device.ts',
    pins: pin(
      device,
      'shows an address and a code, and stores the tokens once the code is approved',
      "accepts the address under the RFC's name, and never one with the code filled in",
      'shows a QR code of the address alone, black on white, and the time left',
      'cannot be combined with %s',
    ),
  },
  {
    id: 'D6',
    rule: 'gsa stops at expires_in.',
    code: deviceAuthorization,
    pins: pin(
      device,
      "stop when the code expires by this machine's clock",
      'stop when the server says that the code has expired',
    ),
  },
  {
    id: 'D7',
    rule: 'gsa gets a refresh token without access_type.',
    code: deviceAuthorization,
    pins: pin(device, 'requests a code with only client id and scopes, and polls with the client secret'),
  },
  {
    id: 'D8',
    rule: 'gsa sends the client secret with each poll.',
    code: 'src/oauth/token-endpoint.ts',
    pins: pin(device, 'requests a code with only client id and scopes, and polls with the client secret'),
  },
]

const revocation: readonly Rule[] = [
  {
    id: 'V1',
    rule: 'gsa sends the token in the body of the revocation request, not in its URL (RFC 7009 section 2.1).',
    code: 'src/oauth/revocation.ts',
    pins: pin(tokens, 'sends the refresh token in the body'),
  },
  {
    id: 'V2',
    rule: 'gsa revokes the refresh token, and proves it.',
    code: 'src/credentials/revoke.ts',
    pins: [
      ...pin(tokens, 'sends the refresh token in the body'),
      ...pin(accounts, 'revokes access, deletes the local copy, and proves it with a refused refresh'),
    ],
  },
  {
    id: 'V3',
    rule: 'gsa treats a token that the server does not know as revoked (RFC 7009 section 2.2).',
    code: 'src/oauth/revocation.ts',
    pins: pin(accounts, 'reports access that was already revoked as revoked'),
  },
  {
    id: 'V4',
    rule: 'gsa sends a revocation again only after 503 with Retry-After (RFC 7009 section 2.2.1).',
    code: 'src/oauth/revocation.ts',
    pins: pin(tokens, 'is retried only when the server asks for it with 503 and Retry-After'),
  },
  {
    id: 'V5',
    rule: 'gsa deletes the local copy even if it cannot reach the server, and says so.',
    code: 'src/credentials/revoke.ts',
    pins: pin(accounts, 'deletes the local copy even when the server is unreachable, and says so'),
  },
  {
    id: 'V6',
    rule: 'gsa says beforehand that Google revokes access for the whole project.',
    code: 'src/commands/revoke.ts',
    pins: pin(
      accounts,
      'asks first on a terminal, and does nothing if you say no',
      'At Google, it affects every client in the project',
    ),
  },
]

const verifier = 'src/oauth/id-token.ts'
const refused = (...sentences: string[]): Pin[] => pin(idToken, ...sentences)

const idTokens: readonly Rule[] = [
  {
    id: 'I1',
    rule: 'Exactly three parts of base64url, without padding or white space (RFC 7515 sections 2 and 7.1).',
    code: verifier,
    pins: [
      ...refused('in two parts', 'in four parts', 'with padding', 'with white space', 'with stray bits at the end'),
      ...pin(`${conformance}/wycheproof.test.ts`, 'for RS256 get the right verdict, 235 of 235'),
    ],
  },
  {
    id: 'I2',
    rule: 'Only RS256, whatever the header says (RFC 8725 sections 3.1 and 3.2).',
    code: verifier,
    pins: [
      ...refused('without a signature algorithm', 'signed with HS256', 'signed with RS512'),
      ...pin(relyingParty, 'signs with PS256', 'signs with ES256'),
    ],
  },
  {
    id: 'I3',
    rule: 'gsa refuses crit and b64 (RFC 7515 section 4.1.11, RFC 7797 section 7).',
    code: verifier,
    pins: refused('with crit', 'with b64'),
  },
  {
    id: 'I4',
    rule: 'The key id selects the key from the published set; it is RSA with at least 2048 bits, for RS256 signatures.',
    code: verifier,
    pins: [
      ...refused(
        'with an unknown key',
        'with an ambiguous key',
        'with a key inside',
        'with a short key',
        'with a key for encryption',
      ),
      ...pin(`${conformance}/wycheproof.test.ts`, 'for RS256 get the right verdict, 235 of 235'),
    ],
  },
  {
    id: 'I5',
    rule: 'gsa also checks the signature of tokens from the token endpoint.',
    code: 'src/credentials/accept-tokens.ts',
    pins: pin(relyingParty, 'signs with a key that it did not publish', 'changes a bit of the signature'),
  },
  {
    id: 'I6',
    rule: 'iss is one of the two Google issuers (OpenID Connect Core section 3.1.3.7).',
    code: verifier,
    pins: refused('from another issuer', 'without an issuer', 'with the issuer spelt without https'),
  },
  {
    id: 'I7',
    rule: 'aud is only this client, as a string or a list.',
    code: verifier,
    pins: refused(
      'for another client',
      'for another client as well',
      'for an empty list of clients',
      'with a list of one audience',
    ),
  },
  {
    id: 'I8',
    rule: 'azp, if present, is this client or one of the same project.',
    code: verifier,
    pins: refused('for a party from another project', 'with the Android client of the same project as azp'),
  },
  {
    id: 'I9',
    rule: 'exp is a number in the future.',
    code: verifier,
    pins: refused('that is expired', 'whose expiry is text', 'without an expiry'),
  },
  {
    id: 'I10',
    rule: 'iat is a number, not in the future, and not long ago.',
    code: verifier,
    pins: [
      ...refused('from the future', 'without an issue time', 'that is too old', 'within the clock skew'),
      ...pin(relyingParty, 'says that the ID token was issued a week ago'),
    ],
  },
  { id: 'I11', rule: 'nbf, if present, is in the past.', code: verifier, pins: refused('that is not valid yet') },
  {
    id: 'I12',
    rule: 'nonce is the one that gsa sent; if gsa did not check it, it says so.',
    code: verifier,
    pins: [
      ...refused('with another nonce', 'without the nonce'),
      ...pin(exchange, 'refuses an ID token without the requested nonce'),
    ],
  },
  {
    id: 'I13',
    rule: 'at_hash matches the access token in the same response.',
    code: verifier,
    pins: refused('with another at_hash', 'with the at_hash of Google’s published example'),
  },
  {
    id: 'I14',
    rule: 'sub is a string of 1 to 255 ASCII characters.',
    code: verifier,
    pins: refused('without a subject', 'with an empty subject', 'with a numeric subject', 'with a long subject'),
  },
  {
    id: 'I15',
    rule: 'The domain is that of the claim hd, if the caller requires one.',
    code: verifier,
    pins: refused('from another domain', 'without a domain'),
  },
  {
    id: 'I16',
    rule: 'typ, if present, is JWT (RFC 8725 section 3.11).',
    code: verifier,
    pins: refused('that is an access token'),
  },
  {
    id: 'I17',
    rule: 'No duplicate member names (RFC 7519 section 4).',
    code: 'src/core/duplicate-members.ts',
    pins: refused('with a duplicate claim'),
  },
  {
    id: 'I18',
    rule: 'UTF-8 only (RFC 8725 section 3.7).',
    code: 'src/http/json-answer.ts',
    pins: refused('whose payload is not UTF-8'),
  },
  {
    id: 'I19',
    rule: 'Claims are data: they cannot move the cursor.',
    code: 'src/core/safe-to-print.ts',
    pins: [
      ...pin(
        tokens,
        'cannot move the cursor in the names and values of claims',
        'cannot move the cursor at the question whether to store an account',
      ),
      ...pin('test/core/secret.test.ts', 'a cursor movement'),
    ],
  },
  {
    id: 'I20',
    rule: 'gsa caches keys for max-age minus Age; it fetches them again for an unknown id, with a pause in between, and once for concurrent requests.',
    code: 'src/oauth/jwks.ts',
    pins: [
      ...pin(jwks, 'are remembered for %s', 'are fetched again for an unknown key, and then not for half a minute'),
      ...pin(tokens, 'keys requested twice at the same time are fetched once'),
    ],
  },
  {
    id: 'I21',
    rule: 'gsa asks no endpoint about a fact that only a signature proves.',
    code: 'src/oauth/server-id-token.ts',
    pins: pin(tokens, 'asks no endpoint for claims that a signature must prove'),
  },
  {
    id: 'I22',
    rule: 'The ID token of a refresh has the same iss, sub and aud, and is new (OpenID Connect Core section 12.2).',
    code: 'src/credentials/access.ts',
    pins: [
      ...pin(relyingParty, 'answers a refresh with an ID token for another subject'),
      ...pin(relyingParty, 'answers a refresh with an ID token from another issuer'),
      ...pin(tokens, 'is refused, and the account stays unchanged', 'was issued a week ago'),
    ],
  },
]

/** Every rule of the security checklist, in its order. */
export const checklist: readonly Rule[] = [...loopback, ...pkce, ...oauth, ...deviceFlow, ...revocation, ...idTokens]

/** The checklist's ids: a table that lacks one is incomplete. */
export const checklistIds: readonly string[] = [
  ['N', 10],
  ['P', 5],
  ['O', 13],
  ['D', 8],
  ['V', 6],
  ['I', 22],
].flatMap(([letter, count]) => Array.from({ length: Number(count) }, (_, at) => `${letter}${at + 1}`))
