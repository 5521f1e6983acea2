import { describe, expect } from 'vitest'
import { names, put, test } from './drive-client.ts'
import { send } from './raw-http.ts'

describe('a parameter of every method', () => {
  test.for(['access_token', 'oauth_token'])('%s is as good as a header', async (name, { google, drive }) => {
    await put(drive, 'a')
    const token = drive.headers.authorization.replace('Bearer ', '')
    expect(names(await send(`${google.issuer}/drive/v3/files?spaces=appDataFolder&${name}=${token}`))).toEqual(['a'])
    expect((await send(`${google.issuer}/drive/v3/files?${name}=ya29.bad`)).status).toBe(401)
  })

  test('prettyPrint=false removes spaces and line ends, but not from errors', async ({ google, drive }) => {
    expect((await drive.list({ prettyPrint: 'false', fields: 'kind' })).body).toBe('{"kind":"drive#fileList"}')
    expect((await drive.list({ prettyPrint: 'true', fields: 'kind' })).body).toBe('{\n  "kind": "drive#fileList"\n}\n')
    const error = await drive.get('files/nope', { prettyPrint: 'false' })
    expect(error.body).toBe(`${JSON.stringify(error.json, null, 2)}\n`)
    google.arm({ on: 'drive', fault: 'http-503' })
    const fault = await drive.list({ prettyPrint: 'false' })
    expect(fault.status).toBe(503)
    expect(fault.body).toBe(`${JSON.stringify(fault.json, null, 2)}\n`)
    expect((await drive.list({ prettyPrint: '0', fields: 'kind' })).body).toBe('{"kind":"drive#fileList"}')
    expect((await drive.list({ prettyPrint: 'no', fields: 'kind' })).body).toBe('{\n  "kind": "drive#fileList"\n}\n')
    const id = await put(drive, 'a', '{ "a": 1 }')
    expect((await drive.get(`files/${id}`, { prettyPrint: 'false', alt: 'media' })).body).toBe('{ "a": 1 }')
  })

  test('a key must look like an API key', async ({ drive }) => {
    expect((await drive.list({ key: `AIza${'x'.repeat(35)}` })).status).toBe(200)
    expect((await drive.list({ key: '' })).status).toBe(200)
    const message = 'API key not valid. Please pass a valid API key.'
    const refusal = await drive.list({ key: 'garbage' })
    expect(refusal.status).toBe(400)
    expect(refusal.json.error).toEqual({
      code: 400,
      message,
      errors: [{ message, domain: 'global', reason: 'badRequest' }],
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'drive.googleapis.com' },
        },
      ],
    })
  })

  test.for([
    ['alt', 'json'],
    ['alt', ''],
    ['quotaUser', 'someone'],
    ['userIp', '192.0.2.1'],
    ['callback', 'f'],
    ['$.xgafv', '2'],
    ['uploadType', 'media'],
    ['upload_protocol', 'raw'],
    ['supportsAllDrives', 'True'],
  ] as const)('%s=%s changes nothing', async ([name, value], { drive }) => {
    await put(drive, 'a')
    expect(names(await drive.list({ [name]: value }))).toEqual(['a'])
  })
})

test('angle brackets are escaped in JSON', async ({ drive }) => {
  const id = await put(drive, `<b>&'"`)
  const text = String.raw`"name": "\u003cb\u003e&'\""`
  expect((await drive.get(`files/${id}`)).body).toContain(text)
  expect((await drive.get(`files/${id}`, { prettyPrint: 'false' })).body).toContain(text.replace(' ', ''))
})

test.for(['bearer', 'BEARER', 'Token'])('%s does not announce a token', async (scheme, { google, drive }) => {
  const authorization = drive.headers.authorization.replace('Bearer', scheme)
  const address = `${google.issuer}/drive/v3/about?fields=kind`
  expect((await send(address, { headers: drive.headers })).status).toBe(200)
  const refusal = await send(address, { headers: { authorization } })
  expect(refusal.json.error.errors[0]).toMatchObject({ message: 'Login Required.', reason: 'required' })
})
