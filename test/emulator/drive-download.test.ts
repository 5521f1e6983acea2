import { describe, expect } from 'vitest'
import { put, test } from './drive-client.ts'
import { send } from './raw-http.ts'

describe('a download', () => {
  test('also works at the address of Google’s Java and iOS clients', async ({ google, drive }) => {
    const id = await put(drive, 'a', 'content')
    const address = `${google.issuer}/download/drive/v3/files/${id}?alt=media`
    const answer = await send(address, { headers: { ...drive.headers, range: 'bytes=3-' } })
    expect(answer).toMatchObject({ status: 206, body: 'tent' })
    expect((await send(`${address}&prettyPrint=false`, { headers: drive.headers })).body).toBe('content')
    expect((await send(address.replace(id, 'nope'), { headers: drive.headers })).status).toBe(404)
    expect((await send(address, { method: 'DELETE', headers: drive.headers })).status).toBe(404)
    const options = await send(address, { method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } })
    expect(options.headers['access-control-allow-origin']).toBe('http://localhost:3000')
  })

  test('meets the faults of downloads there, too', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    google.arm({ on: 'drive', fault: 'abusive-file' })
    const refusal = await send(`${google.issuer}/download/drive/v3/files/${id}?alt=media`, { headers: drive.headers })
    expect(refusal.json.error.errors[0].reason).toBe('cannotDownloadAbusiveFile')
  })

  test.for([
    { headers: {}, status: 403, message: 'The request is missing a valid API key.', reason: 'forbidden' },
    { headers: { authorization: 'bearer x' }, status: 401, message: 'Invalid Credentials', reason: 'authError' },
    { headers: { authorization: 'Basic YTpi' }, status: 401, message: 'Invalid Credentials', reason: 'authError' },
    { headers: { authorization: 'Bearer x' }, status: 401, message: /^Request had invalid/, reason: 'authError' },
  ])('with $headers is $status: $reason', async ({ headers, status, message, reason }, { google, drive }) => {
    const id = await put(drive, 'a')
    for (const path of [`files/${id}?alt=media`, `files/${id}/export?mimeType=text/plain`]) {
      const refusal = await send(`${google.issuer}/drive/v3/${path}`, { headers })
      expect(refusal.status).toBe(status)
      expect(refusal.json.error.message).toMatch(message)
      expect(refusal.json.error.errors[0].reason).toBe(reason)
    }
  })

  test('needs its token in the header', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    const token = drive.headers.authorization.replace('Bearer ', '')
    const address = `${google.issuer}/drive/v3/files/${id}?access_token=${token}`
    expect((await send(address)).status).toBe(200)
    expect((await send(`${address}&alt=media`)).status).toBe(403)
  })
})
