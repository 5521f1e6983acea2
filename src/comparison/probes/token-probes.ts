import type { Probe } from '../probe.ts'

// Made up, and well-formed enough to pass for what it imitates.
const client_id = '1-gsacompare.apps.googleusercontent.com'
const client_secret = 'GOCSPX-gsa-compare-made-up'
const code = '4/0AgsaCompareMadeUp'
const refresh_token = '1//0gsaCompareMadeUp'
const redirect_uri = 'http://127.0.0.1:9/gsa-compare'
const codeGrant = { grant_type: 'authorization_code', code, redirect_uri }
const refreshGrant = { grant_type: 'refresh_token', refresh_token }
const madeUp = { client_id, client_secret }
const own = { client_id: '{clientId}', client_secret: '{clientSecret}' }
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const basic = (text: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
})
const post = 'POST oauth2:/token'
const origin = 'https://gsa-compare.example'
const preflight = { origin, 'access-control-request-method': 'POST' }

/** Members of ID tokens and of what describes them; their values belong to an account or a client. */
export const identity: readonly string[] =
  'sub,id,user_id,email,name,given_name,family_name,picture,locale,hd,azp,aud,issued_to,audience'.split(',')

/** Errors of the token endpoint and of the device flow, with made-up clients. */
const madeUpTokenProbes: readonly Probe[] = [
  { name: 'token-nothing', shows: 'the error for an empty request', at: post, form: {} },
  { name: 'token-no-grant-type', shows: 'the error without a grant type', at: post, form: { ...madeUp, code } },
  {
    name: 'token-unknown-grant-type',
    shows: 'the error for an unknown grant type',
    at: post,
    form: { ...madeUp, grant_type: 'tea' },
  },
  { name: 'token-no-client', shows: 'the error for a code without a client', at: post, form: codeGrant },
  {
    name: 'token-unknown-client',
    shows: 'the same with an unknown client',
    at: post,
    form: { ...madeUp, ...codeGrant },
  },
  {
    name: 'token-unknown-client-refresh',
    shows: 'the error for a refresh token of an unknown client',
    at: post,
    form: { ...madeUp, ...refreshGrant },
  },
  {
    name: 'token-basic',
    shows: 'an unknown client in the Authorization header',
    at: post,
    form: codeGrant,
    headers: basic(`${client_id}:${client_secret}`),
  },
  { name: 'token-basic-empty', shows: 'an empty Authorization header', at: post, form: codeGrant, headers: basic('') },
  {
    name: 'token-json',
    shows: 'a request in JSON',
    at: post,
    body: JSON.stringify({ ...madeUp, ...codeGrant }),
    type: 'application/json',
  },
  {
    name: 'token-repeated-parameter',
    shows: 'the error for a parameter that is there twice',
    at: post,
    body: `grant_type=refresh_token&grant_type=refresh_token&client_id=${client_id}`,
    type: 'application/x-www-form-urlencoded',
  },
  { name: 'token-get', shows: 'GET at the token endpoint', at: 'GET oauth2:/token' },
  {
    name: 'token-from-a-page',
    shows: 'the headers for a page of another origin',
    at: post,
    form: { ...madeUp, ...refreshGrant },
    headers: { origin },
  },
  { name: 'token-preflight', shows: 'a CORS preflight', at: 'OPTIONS oauth2:/token', headers: preflight },
  ...(
    [
      ['v4', 'POST www:/oauth2/v4/token'],
      ['older', 'POST accounts:/o/oauth2/token'],
    ] as const
  ).map(([name, at]): Probe => ({
    name: `token-${name}-address`,
    shows: 'an unknown client at an older address',
    at,
    form: { ...madeUp, ...refreshGrant },
  })),
  { name: 'device-no-client', shows: 'a device request without a client', at: 'POST oauth2:/device/code', form: {} },
  {
    name: 'device-unknown-client',
    shows: 'the same with an unknown client',
    at: 'POST oauth2:/device/code',
    form: { client_id, scope: 'email' },
  },
  {
    name: 'device-older-address',
    shows: 'the same at the older address',
    at: 'POST accounts:/o/oauth2/device/code',
    form: { client_id, scope: 'email' },
  },
  {
    name: 'device-poll',
    shows: 'polling with an unknown client',
    at: post,
    form: { ...madeUp, grant_type: deviceGrant, device_code: 'made-up' },
  },
]

/** The responses of the token endpoint to the account's own client. */
const ownTokenProbes: readonly Probe[] = [
  {
    name: 'exchange',
    shows: 'the response to a code; only emulators have codes',
    at: post,
    form: { ...own, grant_type: 'authorization_code', code: '{code}', redirect_uri: 'postmessage' },
    byForm: identity,
    keeps: { refresh: 'refresh_token', access: 'access_token', idToken: 'id_token' },
  },
  {
    name: 'refresh',
    shows: 'the response to a refresh token',
    at: post,
    form: { ...own, grant_type: 'refresh_token', refresh_token: '{refresh}' },
    byForm: identity,
    keeps: { refresh: 'refresh_token', access: 'access_token', idToken: 'id_token' },
    isRefresh: true,
  },
  {
    name: 'refresh-fewer-scopes',
    shows: 'a refresh for openid only',
    at: post,
    form: { ...own, grant_type: 'refresh_token', refresh_token: '{refresh}', scope: 'openid' },
    byForm: identity,
  },
  {
    name: 'refresh-other-scope',
    shows: 'a refresh for a scope that was not granted',
    at: post,
    form: { ...own, grant_type: 'refresh_token', refresh_token: '{refresh}', scope: 'https://mail.google.com/' },
  },
  { name: 'refresh-unknown', shows: 'a made-up refresh token', at: post, form: { ...own, ...refreshGrant } },
  { name: 'code-unknown', shows: 'a made-up code', at: post, form: { ...own, ...codeGrant } },
  { name: 'code-none', shows: 'no code', at: post, form: { ...own, grant_type: 'authorization_code', redirect_uri } },
  {
    name: 'code-no-redirect-uri',
    shows: 'a made-up code without a redirect URI',
    at: post,
    form: { ...own, grant_type: 'authorization_code', code },
  },
  {
    name: 'code-verifier',
    shows: 'a made-up code with a code verifier',
    at: post,
    form: { ...own, ...codeGrant, code_verifier: 'v'.repeat(43) },
  },
  {
    name: 'client-wrong-secret',
    shows: 'a wrong client secret',
    at: post,
    form: { client_id: '{clientId}', client_secret, ...refreshGrant },
  },
  {
    name: 'client-no-secret',
    shows: 'no client secret',
    at: post,
    form: { client_id: '{clientId}', ...refreshGrant },
  },
  {
    name: 'device-wrong-type',
    shows: 'a device request by a client of another type',
    at: 'POST oauth2:/device/code',
    form: { client_id: '{clientId}', scope: 'https://mail.google.com/' },
  },
]

/** The probes of the token endpoint. */
export const tokenProbes: readonly Probe[] = [...madeUpTokenProbes, ...ownTokenProbes]
