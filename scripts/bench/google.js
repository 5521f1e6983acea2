import { startProcess } from './start-process.js'

/** The emulator's client of the type Web application. */
export const client = { client_id: '100000000001-web.apps.googleusercontent.com', client_secret: 'GOCSPX-emulator-web' }
const type = { form: 'application/x-www-form-urlencoded', json: 'application/json' }

/** Returns a GET request as the text that is sent. */
export function get(path, accessToken) {
  const authorization = accessToken === undefined ? '' : `authorization: Bearer ${accessToken}\r\n`
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${authorization}\r\n`
}

function post(path, kind, body) {
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type[kind]}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Returns a form POST. */
export function postForm(path, fields) {
  return post(path, 'form', new URLSearchParams(fields).toString())
}

/** Returns a request to the control API. */
export function order(action, body) {
  return post(`/emulator/v1/${action}`, 'json', JSON.stringify(body))
}

/** Returns a refresh grant; its response has an access token and an ID token. */
export function refreshGrant(refreshToken) {
  return postForm('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...client })
}

/** Starts the built emulator, or that of another folder, in its own process. */
export async function startGoogle(folder) {
  const child = startProcess('scripts/bench/processes/emulator.js', ...(folder === undefined ? [] : [folder]))
  const issuer = await child.line()
  return {
    issuer,
    port: Number(new URL(issuer).port),
    memory: async () => await child.ask('memory'),
    stop: child.stop,
  }
}

/** Adds generated files of ten bytes to an account's app folder. */
export async function createFiles({ issuer }, account, count) {
  await postJson(`${issuer}/emulator/v1/files`, JSON.stringify({ account, count, bytes: 10 }), type.json)
}

/** Creates an account's code, as a mobile app's SDK delivers it. */
export async function createCode({ issuer }, account, scopes) {
  const wanted = JSON.stringify({ account, scopes, forceRefreshToken: true })
  const { code } = await postJson(`${issuer}/emulator/v1/codes`, wanted, type.json)
  return code
}

/** Returns an account's tokens, which a mobile app's backend gets for its first code. */
export async function signIn(google, account, scopes) {
  const { issuer } = google
  const code = await createCode(google, account, scopes)
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: '', ...client })
  return await postJson(`${issuer}/token`, form.toString(), type.form)
}

async function postJson(url, body, contentType) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}

/** Starts the load process. A job with a failed request throws, because it is not a measurement. */
export function startLoad() {
  const child = startProcess('scripts/bench/processes/load.js')
  return {
    run: async (job) => {
      const result = await child.ask(job)
      if (result.failed > 0) throw new Error(`${result.failed} of ${result.count} requests failed`)
      return result
    },
    stop: child.stop,
  }
}
