import { describe, expect } from 'vitest'
import { clientSecretsFile, readClientSecrets } from '../../src/emulator/index.ts'
import { control } from './raw-http.ts'
import { test } from './with-google.ts'

describe('a client', () => {
  test.for(['web', 'desktop', 'tv'] as const)('of type %s has a client secrets file that reads back', (type) => {
    const file = clientSecretsFile(type, 'http://127.0.0.1:9077')
    expect(Object.keys(file)).toEqual([type === 'web' ? 'web' : 'installed'])
    expect(Object.values(file)[0]).toMatchObject({
      client_secret: `GOCSPX-emulator-${type}`,
      auth_uri: 'http://127.0.0.1:9077/o/oauth2/auth',
      token_uri: 'http://127.0.0.1:9077/token',
    })
    expect(readClientSecrets(file)).toMatchObject({ type, clientSecret: `GOCSPX-emulator-${type}` })
  })

  test('has a client secrets file with Google’s own addresses for Google’s issuer', () => {
    expect(clientSecretsFile('web', 'https://accounts.google.com')).toMatchObject({
      web: {
        auth_uri: 'https://accounts.google.com/o/oauth2/auth',
        token_uri: 'https://oauth2.googleapis.com/token',
        auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      },
    })
  })

  test.for([
    ['https://mine.example/cb'],
    ['https://mine.example:8443/cb?next=a%2Fb'],
    ['https://mine.example'],
    ['http://localhost/cb'],
    ['http://localhost:3000/cb'],
    ['http://127.0.0.1:3000'],
    ['http://[::1]:3000/cb'],
    ['https://localhost/cb'],
  ])('a web client can register %s', async ([redirectUri], { google }) => {
    const { status } = await control(google, 'POST clients', {
      type: 'web',
      clientId: '7-mine',
      redirectUris: [redirectUri],
    })
    expect(status).toBe(200)
    const file = { web: { client_id: '7-mine', client_secret: 's', redirect_uris: [redirectUri] } }
    expect(readClientSecrets(file)).toMatchObject({ redirectUris: [redirectUri] })
  })

  test.for([
    ['http://mine.example/cb', 'https://'],
    ['http://192.168.1.2/cb', 'https://'],
    ['http://localhost.evil.example/cb', 'https://'],
    ['com.mine.app://cb', 'https://'],
    ['com.mine.app:/cb', 'complete URI'],
    ['https:/mine.example/cb', 'complete URI'],
    ['/cb', 'complete URI'],
    ['', 'complete URI'],
    ['https://192.0.2.7/cb', 'IP address'],
    ['https://[2001:db8::1]/cb', 'IP address'],
    ['https://3221225991/cb', 'IP address'],
    ['https://backend/cb', 'public domain'],
    ['https://mine.example/cb#', 'fragment'],
    ['https://mine.example/cb#x', 'fragment'],
    ['https://*.mine.example/cb', 'wildcard'],
    ['https://mine.example/*', 'wildcard'],
    ['https://user@mine.example/cb', 'user name'],
    ['https://@mine.example/cb', 'user name'],
    ['https://mine.example/a/../cb', 'begins with ..'],
    ['https://mine.example/a/%2e%2E/cb', 'begins with ..'],
    ['https://mine.example/a%2F..%2Fcb', 'begins with ..'],
    ['https://mine.example/a\\..\\cb', 'begins with ..'],
    ['https://mine.example/a b', 'ASCII'],
    ['https://mine.example/ü', 'ASCII'],
    ['https://mine.example/100%', 'percent'],
    ['https://mine.example/%00', 'null'],
  ] as const)(
    'no web client can register "%s", and the error gives the reason',
    async ([redirectUri, why], { google }) => {
      const redirectUris = ['https://mine.example/good', redirectUri]
      const refused = await control(google, 'POST clients', { type: 'web', clientId: '7-mine', redirectUris })
      expect(refused.status).toBe(400)
      expect(refused.json.error).toContain(`Google would not register the redirect URI "${redirectUri}": it `)
      expect(refused.json.error).toContain(why)
      expect(google.clients.map(({ clientId }) => clientId)).not.toContain('7-mine')
      const file = { web: { client_id: '7-mine', client_secret: 's', redirect_uris: redirectUris } }
      expect(() => readClientSecrets(file)).toThrow(RangeError)
      expect((await control(google, 'POST clients', file)).json.error).toContain(why)
    },
  )

  test.for([null, [], {}, { type: 'service_account' }, { web: {} }, { installed: { client_id: 1 } }])(
    '%o is not a client secrets file',
    (file) => {
      expect(() => readClientSecrets(file)).toThrow(RangeError)
    },
  )
})
