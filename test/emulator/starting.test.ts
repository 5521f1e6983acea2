import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { bearer, exchange, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

describe('starting and stopping', () => {
  test('reports its addresses, clients and accounts', async ({ google }) => {
    expect(google.issuer).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(google.driveUrl).toBe(google.issuer)
    expect(google.controlUrl).toBe(`${google.issuer}/emulator/v1`)
    expect(google.clients).toEqual([
      { type: 'web', clientId: '100000000001-web.apps.googleusercontent.com', clientSecret: 'GOCSPX-emulator-web' },
      {
        type: 'desktop',
        clientId: '100000000001-desktop.apps.googleusercontent.com',
        clientSecret: 'GOCSPX-emulator-desktop',
      },
      { type: 'tv', clientId: '100000000001-tv.apps.googleusercontent.com', clientSecret: 'GOCSPX-emulator-tv' },
    ])
    expect(google.accounts).toEqual([
      { sub: '110000000000000000001', email: 'ada@example.com' },
      { sub: '110000000000000000002', email: 'grace@corp.example' },
    ])
  })

  test('reports its health to anyone, without a trace and despite armed faults', async ({ google }) => {
    google.arm({ on: 'token', fault: 'http-503', times: 5 })
    const health = await send(`${google.issuer}/healthz`, { headers: { host: 'google:9077' } })
    expect(health).toMatchObject({ status: 200, body: '{"status":"ok"}\n' })
    expect(google.requests()).toEqual([])
  })

  test('a port in use is EADDRINUSE', async ({ google }) => {
    await expect(startEmulator({ port: Number(new URL(google.issuer).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test("has no other issuer than Google when it stands in for Google's hosts", async () => {
    const issuer = 'https://accounts.google.com'
    expect(await startGoogle({ impersonate: true, issuer: `${issuer}/` })).toMatchObject({ issuer })
    await expect(startEmulator({ impersonate: true, issuer: 'http://google:9077' })).rejects.toThrow(RangeError)
  })

  test('close ends open connections, and can be called again', async () => {
    const google = await startGoogle()
    const { port } = new URL(google.issuer)
    const socket = connect(Number(port), '127.0.0.1')
    const ended = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('connect', resolve))
    socket.on('error', () => undefined)
    await Promise.all([google.close(), google.close()])
    await ended
    await google.close()
    await expect(send(google.issuer)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('two emulators are independent', async ({ google }) => {
    const other = await startGoogle()
    const code = await google.createCode()
    expect((await exchange(other, code)).json.error_description).toBe('Malformed auth code.')
    const { access_token } = await signIn(google)
    expect((await send(`${other.issuer}/v1/userinfo`, { headers: bearer(access_token) })).status).toBe(401)
  })
})
