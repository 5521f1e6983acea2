import { describe, expect } from 'vitest'
import { put, test } from './drive-client.ts'
import { postForm, send, signIn } from './raw-http.ts'

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

  test('can read userinfo and tokeninfo like Drive', async ({ google }) => {
    const { access_token } = await signIn(google)
    for (const path of ['v1/userinfo', 'oauth2/v2/userinfo', 'tokeninfo', 'oauth2/v2/tokeninfo', 'v1/people/me']) {
      const answer = await send(`${google.issuer}/${path}?access_token=${access_token}`, { headers: { origin } })
      expect(answer.headers, path).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
      })
    }
  })

  test('can read the OAuth endpoints and the keys, without its cookies', async ({ google }) => {
    const answers = [
      await postForm(`${google.issuer}/token`, {}, { origin }),
      await postForm(`${google.issuer}/revoke`, {}, { origin }),
      await postForm(`${google.issuer}/device/code`, {}, { origin }),
      await send(`${google.issuer}/oauth2/v3/certs`, { headers: { origin } }),
      await send(`${google.issuer}/.well-known/openid-configuration`, { headers: { origin } }),
    ]
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'date,vary,vary,vary,content-encoding,server,content-length',
      })
      expect(headers).not.toHaveProperty('access-control-allow-credentials')
    }
  })

  test.for(['', 'o/oauth2/v2/auth', 'device', 'emulator/v1/accounts', 'signin/oauth/error'])(
    'cannot read /%s',
    async (path, { google }) => {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await send(`${google.issuer}/${path}`, { method, headers: { origin } })
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
      }
    },
  )

  test.for([
    'drive/v3/files',
    'drive/v3/files/1x',
    'drive/v3/about',
    'batch/drive/v3',
    'token',
    'tokeninfo',
    'v1/userinfo',
    'v1/people/me',
  ])('may send any method and header to %s; asking meets no fault', async (path, { google }) => {
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
  })
})
