import { chmodSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { freePort } from '../support/free-port.ts'
import { type Gsa, test, withGsa } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { asOtherUser, noOtherUser } from '../support/other-user.ts'

const code = '4/0AcodeForGoogleAndNobodyElse1234'

/** Writes a client secrets file as Google's console creates it. */
function googleClient(gsa: Gsa, type: 'web' | 'installed' = 'web'): string {
  const client = {
    client_id: '1-a.apps.googleusercontent.com',
    client_secret: 'GOCSPX-of-google',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    redirect_uris: ['http://localhost'],
  }
  return gsa.file('google.json', JSON.stringify({ [type]: client }))
}

/** Starts another user's authorization server, which records the requests it gets; returns its port. */
async function strangersServer(gsa: Gsa): Promise<{ host: string; requests: () => string }> {
  const log = gsa.file('requests.log', '')
  chmodSync(gsa.folder, 0o755)
  chmodSync(log, 0o666)
  const port = await asOtherUser(`
    const server = require('node:http').createServer((request, response) => {
      let body = ''
      request.on('data', (piece) => { body += piece }).on('end', () => {
        require('node:fs').appendFileSync(${JSON.stringify(log)}, request.url + ' ' + body + '\\n')
        const base = 'http://' + request.headers.host
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(request.url === '/keys' ? { keys: [] } : { issuer: base, authorization_endpoint: base + '/a',
          token_endpoint: base + '/token', jwks_uri: base + '/keys', device_authorization_endpoint: base + '/device' }))
      })
    }).listen(0, '127.0.0.1', () => console.log(server.address().port))`)
  return { host: `127.0.0.1:${port}`, requests: () => readFileSync(log, 'utf8') }
}

describe('a Google client', () => {
  test.skipIf(noOtherUser !== undefined)('is not sent to a server that another user runs', async ({ gsa }) => {
    const { host, requests } = await strangersServer(gsa)
    for (const [command, type] of [
      [['exchange', code], 'web'],
      [['login', '--no-browser'], 'installed'],
      [['login', '--device'], 'installed'],
      [['login', '--start', '--store', 'helper:files'], 'installed'],
      [['serve', '--port', '0'], 'web'],
    ] as const) {
      const env = { ...lastingStore(gsa).env, GSA_STORE: 'memory', GSA_EMULATOR_HOST: host }
      const result = await gsa.run(...command, '--json', '--client-secrets', googleClient(gsa, type), { env })
      expect(result.exitCode, command.join(' ')).toBe(2)
      expect(result.error).toMatchObject({
        code: 'google_client_elsewhere',
        details: { server: `http://${host}`, reason: 'other_user' },
        fix: expect.stringContaining(`--issuer http://${host}`) as string,
      })
      expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
    }
    const refresh = { GSA_REFRESH_TOKEN: '1//0bogus', GSA_ISSUER: `http://${host}`, GSA_EMULATOR_HOST: undefined }
    const token = await gsa.run('refresh', '--json', '--client-secrets', googleClient(gsa), { env: refresh })
    expect(token.error['code']).toBe('google_client_elsewhere')
    expect(requests()).toBe('')
  })

  test.skipIf(noOtherUser !== undefined)('is sent there with --issuer, which names the server', async ({ gsa }) => {
    const { host, requests } = await strangersServer(gsa)
    const args = ['exchange', code, '--quiet', '--client-secrets', googleClient(gsa), '--issuer', `http://${host}`]
    const result = await gsa.run(...args, { env: { GSA_EMULATOR_HOST: undefined } })
    expect(result.stderr).not.toContain('not Google')
    expect(requests()).toContain('/token ')
  })

  test('is not sent to a server on another machine that a variable names', async ({ gsa }) => {
    const env = { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: 'https://login.example' }
    const result = await gsa.run('exchange', code, '--json', '--client-secrets', googleClient(gsa), { env })
    expect(result.exitCode).toBe(2)
    expect(result.error).toMatchObject({
      code: 'google_client_elsewhere',
      details: { reason: 'other_machine', codeState: 'unused' },
    })
  })

  test.for([
    ['no endpoints is known by its id, and is not sent elsewhere', {}, 'google_client_elsewhere'],
    [
      'the endpoints of another server is that server’s, whatever its id looks like',
      { auth_uri: 'https://server.invalid/auth', token_uri: 'https://server.invalid/token' },
      'unreachable',
    ],
  ] as const)('whose file names %s', async ([, endpoints, failure], { gsa }) => {
    const web = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-google', ...endpoints }
    const file = gsa.file('client.json', JSON.stringify({ web }))
    const env = { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: 'https://server.invalid' }
    const result = await gsa.run('exchange', code, '--json', '--client-secrets', file, { env })
    expect(result.error['code']).toBe(failure)
  })

  test('is not sent to an unused port: another user could take it', async ({ gsa }) => {
    const env = { GSA_EMULATOR_HOST: `127.0.0.1:${await freePort()}` }
    const result = await gsa.run('exchange', code, '--json', '--client-secrets', googleClient(gsa), { env })
    expect(result.error).toMatchObject({ code: 'unreachable', details: { problem: 'nothing listens on that port' } })
  })

  test('works with your own emulator, and with what is stored for it while it runs', async ({ gsa, google }) => {
    await google.close()
    const { client_id: clientId, client_secret: clientSecret } = (
      JSON.parse(readFileSync(googleClient(gsa), 'utf8')) as { web: { client_id: string; client_secret: string } }
    ).web
    const own = await startEmulator({ clients: [{ type: 'web', clientId, clientSecret, redirectUris: [] }] })
    const env = { GSA_EMULATOR_HOST: new URL(own.issuer).host, GSA_CLIENT_SECRETS: googleClient(gsa) }
    const exchanged = await gsa.run('exchange', '-', { env, stdin: await own.createCode({ clientId }) })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    await own.close()
    const stopped = await gsa.run('refresh', '--json', { env })
    expect(stopped.error).toMatchObject({ code: 'unreachable' })
  })
})

describe('a Google access token', () => {
  test.each(['https://drive.example', 'https://www.googleapis.com.example'])('is not sent to %s', async (url) => {
    await withGsa(async (gsa) => {
      const env = {
        GSA_EMULATOR_HOST: undefined,
        GSA_DRIVE_URL: url,
        GSA_REFRESH_TOKEN: '1//0bogus',
        GSA_CLIENT_SECRETS: googleClient(gsa),
      }
      const result = await gsa.run('drive', 'ls-appfolder', '--json', { env })
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({
        code: 'google_token_elsewhere',
        details: { url, reason: 'other_machine' },
      })
    })
  })
})

describe('the notice that a server is not Google', () => {
  test.each([[[]], [['--quiet']]])('comes first and immediately, even with %j', async (flags) => {
    await withGsa(async (gsa, google) => {
      google.arm({ on: 'discovery', fault: 'http-500', times: 9 })
      const result = await gsa.run('login', ...flags, '--client-secrets', gsa.desktopClient)
      expect(result.exitCode).toBe(3)
      expect(result.stderr).toMatch(/^Authorization server: http:\/\/127\.0\.0\.1:\d+ \(not Google\)\n/)
    })
  })

  test('comes first even with --json if the server is another machine', async ({ gsa }) => {
    const result = await gsa.run('exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOp', '--json', {
      env: { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: 'https://server.invalid' },
    })
    const [notice, document = ''] = result.stderr.trimEnd().split('\n')
    expect(notice).toBe('Authorization server: https://server.invalid (not Google)')
    expect(JSON.parse(document)).toMatchObject({ error: { code: 'unreachable' } })
  })

  test.each(['/GOCSPX-aB3dE5fG7hJ9kL1mN3pQ', '/?client_secret=aB3dE5fG7hJ9'])(
    'hides a secret in an address on this machine that ends in %s',
    async (secret) => {
      await withGsa(async (gsa) => {
        const result = await gsa.run('exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOp', {
          env: { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: `http://127.0.0.1:1${secret}` },
        })
        expect(result.stderr).toMatch(/^Authorization server: http:\/\/127\.0\.0\.1:1\/\S*\[hidden /)
        expect(result.stderr).not.toContain('aB3dE5fG7hJ9')
      })
    },
  )

  test('appears once in a command that asks the server for a token and for files', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    google.arm({ on: 'drive', fault: 'invalid-credentials' })
    const result = await gsa.run('drive', 'ls-appfolder')
    expect(result.exitCode, result.stderr).toBe(0)
    expect(result.stderr.match(/not Google/g)).toHaveLength(1)
  })

  test('does not appear if the user has just typed the address', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    google.arm({ on: 'drive', fault: 'invalid-credentials' })
    const result = await gsa.run('drive', 'ls-appfolder', '--issuer', google.issuer)
    expect(result.exitCode, result.stderr).toBe(0)
    expect(result.stderr).not.toContain('Google)')
  })
})
