import { describe, expect } from 'vitest'
import { put, test } from './drive-client.ts'
import { send } from './raw-http.ts'

describe('a page of another origin', () => {
  const origin = 'http://localhost:3000'

  test('can read responses and errors', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    google.arm({ on: 'drive', fault: 'http-503', after: 4 })
    const answers = [
      await drive.get('files', { spaces: 'appDataFolder', fields: 'kind' }, { origin }),
      await drive.get(`files/${id}`, { alt: 'media' }, { origin }),
      await drive.get('files/nope', {}, { origin }),
      await send(`${google.issuer}/drive/v3/files`, { headers: { origin } }),
      await drive.get('files', {}, { origin }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 401, 503])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': expect.stringMatching(/\bContent-Type\b/),
        vary: 'Origin, X-Origin',
      })
    }
    expect((await drive.list()).headers).not.toHaveProperty('access-control-allow-origin')
  })

  test.for(['drive/v3/files', 'drive/v3/files/1x', 'drive/v3/about', 'batch/drive/v3'])(
    'may send any method and header to %s; asking meets no fault',
    async (path, { google }) => {
      google.arm({ on: 'drive', fault: 'http-503' })
      const answer = await send(`${google.issuer}/${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
      expect(answer).toMatchObject({ status: 200, body: '' })
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': expect.stringMatching(/\bPATCH\b/),
        'access-control-allow-headers': 'authorization,content-type',
      })
    },
  )
})
