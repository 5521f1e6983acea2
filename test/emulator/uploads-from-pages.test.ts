import { describe, expect } from 'vitest'
import { inAppData, test } from './drive-client.ts'
import { send, sendJson } from './raw-http.ts'
import { ask, block, content, open, putBytes, session } from './upload-client.ts'

const origin = 'https://app.example.com'
const allowed = { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }

describe('a page that uploads', () => {
  test.for(['/upload/drive/v3/files?uploadType=multipart', '/resumable/upload/drive/v3/files?uploadType=resumable'])(
    'may send what it asks for in a preflight request to %s',
    async (path, { google }) => {
      const { status, headers, body } = await send(google.issuer + path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-upload-content-type',
        },
      })
      expect({ status, body }).toEqual({ status: 200, body: '' })
      expect(headers).toMatchObject({
        ...allowed,
        'access-control-allow-methods': 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT',
        'access-control-allow-headers': 'authorization,content-type,x-upload-content-type',
        'access-control-max-age': '3600',
      })
    },
  )

  test('reads the session URI, and the stored range in every response', async ({ google, drive }) => {
    const opened = await open(google, drive, { headers: { origin } })
    const url = opened.headers.location ?? ''
    const steps = [
      [opened, 'Location'],
      [await putBytes(url, content(block), `0-${block - 1}/*`), 'Range'],
      [await putBytes(url, 'x', `${block}-${block}/${block + 1}`), 'Content-Type'],
    ] as const
    for (const [{ headers }, name] of steps) {
      expect(headers).toMatchObject(allowed)
      const exposed = headers['access-control-expose-headers']?.split(', ')
      expect(exposed).toEqual(expect.arrayContaining([name, 'X-GUploader-UploadID', 'Content-Length']))
    }
  })

  test('reads errors', async ({ google }) => {
    const url = `${google.issuer}/upload/drive/v3/files?uploadType=resumable`
    const answer = await sendJson(url, inAppData, { headers: { origin } })
    expect(answer.status).toBe(401)
    expect(answer.headers).toMatchObject(allowed)
  })

  test('uses a session that a server opened for its origin', async ({ google, drive }) => {
    const url = await session(google, drive, { headers: { origin } })
    expect((await ask(url)).headers).toMatchObject(allowed)
    const foreign = await send(url, { method: 'PUT', headers: { origin: 'https://evil.example' }, body: 'x' })
    expect(foreign.headers).toMatchObject(allowed)
  })

  test('cannot use a session that was opened without an origin', async ({ google, drive }) => {
    const url = await session(google, drive)
    const answer = await send(url, { method: 'PUT', headers: { origin }, body: 'x' })
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})
