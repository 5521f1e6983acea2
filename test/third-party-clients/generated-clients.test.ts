import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { needs } from '../support/system-parts.ts'
import { programs, requestsOf, run, signedIn, test } from './client.ts'

describe('Google’s generated clients', () => {
  test('for Ruby say whose access token it is', async ({ google, folder, skip }) => {
    needs({ skip }, 'Google’s client for Ruby')
    const env = await signedIn(google)
    const before = google.requests().length
    const ended = await run(join(programs, 'identity.rb'), google, { folder, env })
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
    expect(ended.json).toEqual({
      tokeninfo: 'ada@example.com',
      userinfo: 'ada@example.com',
      me: 'ada@example.com',
      person: ['people/110000000000000000001', 'Ada Lovelace', 'ada@example.com'],
    })
    expect(requestsOf(google, before)).toEqual([
      'GET /v1/people/me 200',
      'POST /oauth2/v2/tokeninfo 200',
      'GET /oauth2/v2/userinfo 200',
      'GET /userinfo/v2/me 200',
    ])
  })

  test.for([
    ['Ruby', 'Google’s client for Ruby', 'batch.rb'],
    ['Python', 'official clients for Python', 'batch.py'],
  ] as const)('for %s send several Drive requests in one', async ([, part, file], { google, folder, skip }) => {
    needs({ skip }, part)
    const ended = await run(join(programs, file), google, { folder, env: await signedIn(google) })
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
    expect(ended.json).toEqual({ created: ['a', 'b', 'c'], read: ['a', 404] })
    expect(requestsOf(google).filter((request) => request === 'POST /batch/drive/v3 200')).toHaveLength(2)
  })
})
