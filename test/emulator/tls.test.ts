import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { answerConsent, type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import { authorizationUrl, send } from './raw-http.ts'
import { startGoogle } from './with-google.ts'

const startSecurely = async (options: EmulatorOptions = {}): Promise<Emulator & { caFile: string }> => {
  const google = await startGoogle({ ...options, tls: true })
  return Object.assign(google, { caFile: google.caFile ?? '' })
}

/** Sends a request and returns the status and body of the response. */
async function sendSecurely(
  url: string,
  ca: string | undefined,
  options: { readonly headers?: Record<string, string>; readonly method?: string; readonly form?: string } = {},
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const { headers, method = 'GET', form } = options
  const agent = false
  return await new Promise((resolve, reject) => {
    request(url, { agent, method, ...(headers && { headers }), ...(ca !== undefined && { ca }) }, (response) => {
      let body = ''
      response.on('error', reject)
      response.on('data', (piece: Buffer) => (body += piece.toString()))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
      .on('error', reject)
      .end(form)
  })
}

/** Resolves with the subject of the certificate that an emulator shows under a name; rejects if it is not trusted. */
async function handshake(google: Emulator & { caFile: string }, name: string): Promise<string> {
  const { port } = new URL(google.driveUrl)
  const ca = readFileSync(google.caFile)
  return await new Promise((resolve, reject) => {
    const socket = connectSecurely({ host: '127.0.0.1', port: Number(port), ca, ...nameOf(name) }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

// A server name in a handshake is never an address (RFC 6066); the client compares the certificate with either.
function nameOf(name: string): { readonly servername: string } | { readonly host: string } {
  return /[:.\d]{3,}/.test(name) ? { host: name } : { servername: name }
}

describe('with tls', () => {
  test('every address is https, and its CA vouches for them', async () => {
    const google = await startSecurely()
    expect(google.issuer).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const ca = readFileSync(google.caFile, 'utf8')
    const { body } = await sendSecurely(`${google.issuer}/.well-known/openid-configuration`, ca)
    expect(JSON.parse(body)).toMatchObject({ issuer: google.issuer, token_endpoint: `${google.issuer}/token` })
    expect(google.controlUrl).toBe(`${google.issuer}/emulator/v1`)
    expect(google.oauth2ClientOptions.endpoints.oauth2TokenUrl).toBe(`${google.issuer}/token`)
  })

  test('another container can fetch the certificate of the CA', async () => {
    const google = await startSecurely()
    const ca = readFileSync(google.caFile, 'utf8')
    expect(await sendSecurely(`${google.issuer}/emulator/ca.pem`, ca)).toEqual({ status: 200, body: ca })
    const plain = await startGoogle()
    expect((await send(`${plain.issuer}/emulator/ca.pem`)).status).toBe(404)
  })

  test.for(['127.0.0.1', 'localhost', 'google'])('the certificate is valid for %s', async (name) => {
    const google = await startSecurely({ issuer: 'https://google:9077' })
    expect(await handshake(google, name)).toBe('gsa emulator')
  })

  test('the certificate is valid for no other name', async () => {
    const google = await startSecurely()
    await expect(handshake(google, 'google')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  test('a client that does not know the CA refuses it', async () => {
    const google = await startSecurely()
    await expect(sendSecurely(google.issuer, undefined)).rejects.toThrow(/certificate/)
    expect((await sendSecurely(`${google.issuer}/healthz`, readFileSync(google.caFile, 'utf8'))).status).toBe(200)
  })

  test('close deletes the file, and ends connections whose handshake is not complete', async () => {
    const google = await startEmulator({ tls: true })
    const socket = connect(Number(new URL(google.issuer).port), '127.0.0.1')
    const ended = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('connect', resolve))
    socket.on('error', () => undefined)
    await google.close()
    await ended
    expect(existsSync(dirname(google.caFile ?? '/'))).toBe(false)
  })

  test('the fault reset resets the connection', async () => {
    const google = await startSecurely()
    google.arm({ on: 'certs', fault: 'reset' })
    const ca = readFileSync(google.caFile, 'utf8')
    const url = `${google.issuer}/oauth2/v3/certs`
    await expect(sendSecurely(url, ca)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await sendSecurely(url, ca)).status).toBe(200)
  })

  test.for([
    ['https', 200],
    ['http', 403],
  ] as const)('the control API answers a page of the origin %s with %s', async ([scheme, status]) => {
    const google = await startSecurely({ issuer: 'https://google:9077' })
    const headers = { origin: google.driveUrl.replace('https', scheme) }
    const ca = readFileSync(google.caFile, 'utf8')
    expect((await sendSecurely(`${google.controlUrl}/reset`, ca, { method: 'POST', headers })).status).toBe(status)
  })

  test('answerConsent trusts the CA that it is given', async () => {
    const google = await startSecurely()
    const { caFile } = google
    const page = await answerConsent(authorizationUrl(google), { caFile })
    expect(page.url).toContain('http://127.0.0.1:9/callback?')
    expect(new URL(page.url).searchParams.get('code')).toMatch(/^4\/0/)
    await expect(answerConsent(authorizationUrl(google))).rejects.toThrow(/certificate/)
  })

  test('the pages show commands that trust the CA', async () => {
    const google = await startSecurely()
    const ca = readFileSync(google.caFile, 'utf8')
    const { body } = await sendSecurely(google.driveUrl, ca)
    expect(body).toContain(`GSA_EMULATOR_HOST=${google.driveUrl} NODE_EXTRA_CA_CERTS=${google.caFile} gsa login`)
    const headers = { origin: google.issuer, 'content-type': 'application/x-www-form-urlencoded' }
    const clientId = google.clients.find(({ type }) => type === 'web')?.clientId ?? ''
    const form = new URLSearchParams({ account: 'ada@example.com', platform: 'android', scope: 'openid', clientId })
    const options = { method: 'POST', headers, form: form.toString() }
    const page = (await sendSecurely(`${google.driveUrl}/emulator/page/codes`, ca, options)).body.replace(
      /<[^>]*>/g,
      '',
    )
    expect(page).toContain(`GSA_EMULATOR_HOST=${google.driveUrl} gsa emulator client-secrets --type web &gt;`)
    expect(page).toContain(`NODE_EXTRA_CA_CERTS=${google.caFile} gsa exchange --issuer ${google.issuer} --client`)
    expect(page).toContain(`curl --cacert ${google.caFile} -d grant_type`)
  })
})
