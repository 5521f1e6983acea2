import type { Change } from './changing-proxy.ts'

/** A change of a server's responses, with the probes that must find it and a part of what they show. */
interface Mutation {
  readonly probes: readonly string[]
  readonly shows: readonly string[]
}

/** Returns a change of the responses to one request. */
const on =
  (wanted: string, change: Change): Change =>
  (response, request) => {
    if (request === wanted) change(response, request)
  }
const inBody =
  (from: RegExp | string, to: string): Change =>
  (response) => {
    response.body = response.body.replace(from, to)
  }
const header =
  (name: string, value: string | undefined): Change =>
  (response) => {
    response.headers[name] = value
  }

/** Changes that a proxy makes. */
export const changes: Readonly<Record<string, Mutation & { readonly change: Change }>> = {
  'a header less': {
    change: on('POST /token', header('x-frame-options', undefined)),
    probes: ['token-nothing', 'code-unknown', 'refresh'],
    shows: ['header x-frame-options: absent → SAMEORIGIN'],
  },
  'a header more': {
    change: on('GET /tokeninfo', header('x-tea', 'green')),
    probes: ['tokeninfo-none'],
    shows: ['header x-tea: green → absent'],
  },
  'another content type': {
    change: on('POST /revoke', header('content-type', 'application/json')),
    probes: ['revoke-none', 'revoke-unknown'],
    shows: ['header content-type: application/json → application/json; charset=utf-8'],
  },
  'another status': {
    change: on('POST /revoke', (response) => {
      response.status = 401
    }),
    probes: ['revoke-unknown'],
    shows: ['status: 401 → 400'],
  },
  'another description': {
    change: on('POST /token', inBody('Malformed auth code.', 'Bad Request')),
    probes: ['code-unknown'],
    shows: ['body error_description: "Bad Request" → "Malformed auth code."'],
  },
  'a description in another case': {
    change: on('GET /tokeninfo', inBody(/"error_description": "./, '"error_description": "x')),
    probes: ['tokeninfo-none'],
    shows: ['body error_description: "x'],
  },
  'a member less': {
    change: on('POST /token', inBody(/\s*"token_type": "Bearer",?/, '')),
    probes: ['exchange', 'refresh'],
    shows: ['body token_type: absent → "Bearer"'],
  },
  'a member more': {
    change: on('GET /v1/userinfo', inBody('{', '{\n  "tea": true,')),
    probes: ['userinfo', 'userinfo-none'],
    shows: ['body tea: true → absent'],
  },
  'another order of members': {
    change: on('POST /token', (response) => {
      const object = JSON.parse(response.body) as object
      response.body = JSON.stringify(Object.fromEntries(Object.entries(object).toReversed()), null, 2)
    }),
    probes: ['token-nothing', 'refresh'],
    shows: ['order of body: ["error_description","error"] → ["error","error_description"]'],
  },
  'compact JSON': {
    change: on('GET /.well-known/openid-configuration', (response) => {
      response.body = JSON.stringify(JSON.parse(response.body))
    }),
    probes: ['discovery'],
    shows: ['layout: compact → indented by'],
  },
  'a newline at the end': {
    change: on('POST /token', (response) => {
      response.body += '\n'
    }),
    probes: ['token-nothing'],
    shows: ['layout: indented by 2, ends with a newline → indented by 2'],
  },
  'a number as text': {
    change: on('POST /token', inBody(/"expires_in": (\d+)/, '"expires_in": "$1"')),
    probes: ['exchange', 'refresh'],
    shows: ['body expires_in: "<about 3600 seconds>" → <about 3600 seconds>'],
  },
  'half the lifetime': {
    change: on('POST /token', inBody(/"expires_in": \d+/, '"expires_in": 1799')),
    probes: ['exchange', 'refresh'],
    shows: ['body expires_in: <about 1800 seconds> → <about 3600 seconds>'],
  },
  'another value of vary': {
    change: on('POST /token', header('vary', 'Origin')),
    probes: ['token-nothing'],
    shows: ['header vary: origin → '],
  },
  'another error on the page': {
    change: on('GET /o/oauth2/v2/auth', (response) => {
      const { location } = response.headers
      if (typeof location === 'string')
        response.headers['location'] = location.replace(/authError=[^&]*/, `authError=${btoa('\n\u0009tea_break')}`)
    }),
    probes: ['authorize-unknown-client', 'authorize-no-client'],
    shows: ['location authError: ["'],
  },
  'a redirect with a fragment': {
    change: on('GET /o/oauth2/v2/auth', (response) => {
      response.headers['location'] = String(response.headers['location']).replace('?', '#')
    }),
    probes: ['authorize-unknown-client'],
    shows: ['location: <server>/signin/oauth/error#… → <server>/signin/oauth/error'],
  },
  'another target of a redirect': {
    change: on('GET /o/oauth2/v2/auth', (response) => {
      response.headers['location'] = String(response.headers['location']).replace('/signin/', '/sign-in/')
    }),
    probes: ['authorize-unknown-client'],
    shows: ['location: <server>/sign-in/oauth/error → <server>/signin/oauth/error'],
  },
  'other words on the 404 page': {
    change: on('GET /gsa-compare', inBody('That’s an error.', 'Oh no.')),
    probes: ['unknown-path-accounts', 'unknown-path-www'],
    shows: ['words: "404. Oh no.'],
  },
  'a short access token': {
    change: on('POST /token', inBody(/"access_token": "(.{40})[^"]*/, '"access_token": "$1')),
    probes: ['exchange', 'refresh'],
    shows: ['<access token, 40 to 99 characters>'],
  },
  'a string in place of a list': {
    change: on('GET /.well-known/openid-configuration', inBody(/\[[^\]]*"RS256"[^\]]*\]/, '"RS256"')),
    probes: ['discovery'],
    shows: ['body id_token_signing_alg_values_supported: "RS256" → ["RS256"]'],
  },
  'another issuer': {
    change: on('GET /.well-known/openid-configuration', inBody(/"issuer": "[^"]*"/, '"issuer": "http://google:9077"')),
    probes: ['discovery'],
    shows: ['body issuer: "http://google:9077" → "<server>"'],
  },
  'a refused preflight': {
    change: (response, request) => {
      if (request.startsWith('OPTIONS ')) response.status = 418
    },
    probes: ['drive-preflight', 'token-preflight'],
    shows: ['status: 418 → '],
  },
  'another range of a download': {
    change: (response) => {
      if (response.status === 206) response.headers['content-range'] = 'bytes 2-5/*'
    },
    probes: ['drive-download-range'],
    shows: ['header content-range: bytes 2-5/* → bytes 2-5/11'],
  },
  'other content': {
    change: (response) => {
      if (response.body === 'tea for two') response.body = 'tea for one'
    },
    probes: ['drive-download'],
    shows: ['body: "tea for one" → "tea for two"'],
  },
  'no upload session': {
    change: (response, request) => {
      if (request === 'POST /upload/drive/v3/files') delete response.headers['location']
    },
    probes: ['drive-resumable'],
    shows: ['location: absent → <server>/upload/drive/v3/files'],
  },
}

/** Faults of the emulator. */
export const faults: Readonly<Record<string, Mutation & { readonly on: string }>> = {
  'http-503': { on: 'token', probes: ['token-nothing'], shows: ['status: 503 → 400'] },
  'wrong-issuer': { on: 'discovery', probes: ['discovery'], shows: ['body issuer: '] },
  'other-jwks-uri': {
    on: 'discovery',
    probes: ['discovery'],
    shows: ['body jwks_uri: "<server>/oauth2/v3/certs/moved"'],
  },
  'single-key': { on: 'certs', probes: ['keys', 'certificates'], shows: ['body keys length: 1 → 2'] },
  'odd-case-token-type': { on: 'token', probes: ['refresh'], shows: ['body token_type: '] },
  'no-scope': { on: 'token', probes: ['refresh'], shows: ['body scope: absent → "<server>/auth/drive.appdata'] },
  'extra-members': { on: 'token', probes: ['refresh'], shows: [' → absent'] },
  'no-id-token': { on: 'token', probes: ['refresh'], shows: ['body id_token: absent → "<JWT>"'] },
  'id-token-wrong-issuer': { on: 'token', probes: ['refresh'], shows: ['body id_token claims.iss: '] },
  'id-token-week-old': {
    on: 'token',
    probes: ['refresh'],
    shows: ['claims.iat: <another time> → <the time of the response>'],
  },
  'id-token-wrong-at-hash': { on: 'token', probes: ['refresh'], shows: ['claims.at_hash: "<another hash>"'] },
  'id-token-no-kid': { on: 'token', probes: ['refresh'], shows: ['header.kid: absent → "<40 hexadecimal digits>"'] },
  'no-refresh-token': { on: 'token', probes: ['exchange'], shows: ['body refresh_token: absent → "<refresh token, '] },
  'rotate-refresh-token': { on: 'token', probes: ['refresh'], shows: ['body refresh_token: "<refresh token, '] },
  'backend-html': { on: 'drive', probes: ['drive-missing'], shows: ['header content-type: text/html'] },
  'invalid-json': { on: 'userinfo', probes: ['userinfo'], shows: ['body: '] },
}
