import { connect, type Socket } from 'node:net'
import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'
import { asOtherUser, noOtherUser } from '../support/other-user.ts'
import { serving } from './serving.ts'

/** Posts a code as another user of this machine; returns the status and the body. */
async function postAsOtherUser(url: string, code: string, headers: Record<string, string> = {}): Promise<string> {
  const body = new URLSearchParams({ authCode: code }).toString()
  return asOtherUser(`
    const request = require('node:http').request(${JSON.stringify(url)}, { method: 'POST', headers: ${JSON.stringify({
      'content-type': 'application/x-www-form-urlencoded',
      'x-requested-with': 'XMLHttpRequest',
      ...headers,
    })} }, (response) => {
      let text = ''
      response.on('data', (piece) => { text += piece }).on('end', () => console.log(response.statusCode, text.trim()))
    })
    request.end(${JSON.stringify(body)})`)
}

/**
 * Opens 200 connections as another user of this machine, and reopens each half a second after it was closed: at most
 * 1,000, for at most 100 s. Returns a sentence once 200 were refused.
 */
async function crowdAsOtherUser(port: number): Promise<string> {
  return asOtherUser(`
    let opened = 0
    let refused = 0
    const head = ['POST /authcode HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-www-form-urlencoded',
      'X-Requested-With: XMLHttpRequest', 'Content-Length: 100', '', 'a'].join('\\r\\n')
    const open = () => {
      if (++opened > 1000) return
      const socket = require('node:net').connect(${port}, '127.0.0.1', () => socket.write(head))
      socket.on('error', () => undefined).on('close', () => setTimeout(open, 500)).on('data', (answer) => {
        if (answer.includes('403 ') && ++refused === 200) console.log('refused 200 times')
        socket.destroy()
      })
    }
    for (let at = 0; at < 200; at++) open()
    setTimeout(() => process.exit(), 100_000)`)
}

describe.skipIf(noOtherUser !== undefined)('another user on this machine', () => {
  test('is refused by gsa serve, in the response and in the log, and nothing of theirs is stored', async ({
    gsa,
    google,
  }) => {
    const run = await serving(gsa, [], async ({ url }) => {
      const answer = await postAsOtherUser(url, await google.createCode())
      expect(answer).toMatch(/^403 /)
      expect(answer).toContain('"code":"request_user_foreign"')
    })
    expect(run.stderr).toContain('403  The request comes from another user on this machine.')
    expect(run.stderr).toContain('gsa serve --token')
    expect(gsa.memory.size).toBe(0)
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })

  test('cannot delay your codes with connections that are constantly opened and closed', async ({ gsa, google }) => {
    const run = await serving(gsa, [], async ({ port, post }) => {
      expect(await crowdAsOtherUser(port)).toBe('refused 200 times')
      for (let at = 0; at < 3; at++) expect((await post({ authCode: await google.createCode() })).status).toBe(200)
    })
    expect(run.stderr.match(/another user on this machine/g)?.length).toBeLessThan(5)
  })

  test('cannot fill a log: ten seconds of refusals are one entry, and the next one counts them', async ({
    gsa,
    google,
  }) => {
    let now = Date.now()
    const run = await serving(
      gsa,
      [],
      async ({ url }) => {
        for (let at = 0; at < 3; at++) await postAsOtherUser(url, await google.createCode())
        now += 10_000
        await postAsOtherUser(url, await google.createCode())
      },
      { now: () => now },
    )
    expect(run.stderr.match(/403 {2}The request comes from another user on this machine\./g)).toHaveLength(2)
    expect(run.stderr).toContain('2 more such entries were not logged.')
  })

  test('is accepted with the pairing token of --token', async ({ gsa, google }) => {
    await serving(gsa, ['--token'], async ({ url, place }) => {
      const pairing = { 'x-pairing-token': place['pairingToken'] as string }
      expect(await postAsOtherUser(url, await google.createCode())).toContain('"code":"pairing_token_refused"')
      expect(await postAsOtherUser(url, await google.createCode(), pairing)).toMatch(/^200 /)
    })
  })
})

describe('gsa serve on loopback', () => {
  test('requires a pairing token with --token, and shows it in the command to try', async ({ gsa, google }) => {
    await serving(gsa, ['--token'], async ({ post, place }) => {
      const pairingToken = place['pairingToken'] as string
      const authCode = await google.createCode()
      expect((await post({ authCode })).status).toBe(403)
      expect((await post({ authCode }, { 'x-pairing-token': pairingToken })).status).toBe(200)
    })
    const text = await gsa.run('serve', '--port', '0', '--token', { interruptWhen: /Ctrl-C to stop/ })
    expect(text.stdout).toMatch(/curl .*-H 'X-Pairing-Token: [\dA-Z-]{19}'/)
  })

  test('stores the account of --expect-email and refuses others', async ({ gsa, google }) => {
    await serving(gsa, ['--expect-email', 'ada@example.com'], async ({ post }) => {
      const other = await post({ authCode: await google.createCode({ account: 'grace@corp.example' }) })
      expect(other.status).toBe(403)
      expect(JSON.parse(other.body)).toMatchObject({
        error: {
          code: 'account_unexpected',
          codeState: 'used',
          cause:
            'The code belongs to grace@corp.example, not to ada@example.com. The tokens were discarded, but the grant still exists. The code no longer works; get a new one.',
        },
      })
      expect(gsa.memory.size).toBe(0)
      expect((await post({ authCode: await google.createCode() })).status).toBe(200)
    })
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ account: { email: 'ada@example.com' } })
  })

  test('responds although another process keeps 1,010 connections open', async ({ gsa, google }) => {
    const sockets: Socket[] = []
    await serving(gsa, [], async ({ port, post }) => {
      for (let at = 0; at < 1010; at++) sockets.push(await slowConnection(port))
      expect((await post({ authCode: await google.createCode() })).status).toBe(200)
      for (const socket of sockets) socket.destroy()
    })
  })

  test('says in the response whether the same code can be sent again', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      google.arm({ on: 'token', fault: 'invalid-client-secret' })
      const authCode = await google.createCode()
      const refused = await post({ authCode })
      expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'client_refused', codeState: 'unused' } })
      expect((await post({ authCode })).status).toBe(200)
      const wrongField = await post({ code: await google.createCode() })
      expect(JSON.parse(wrongField.body)).toMatchObject({
        error: { code: 'code_in_wrong_field', codeState: 'unknown' },
      })
      const forged = await post({ authCode: await google.createCode(), idToken: 'eyJ.eyJ.x' })
      expect(JSON.parse(forged.body)).toMatchObject({ error: { codeState: 'unused' } })
    })
  })
})

/** Opens a connection that has sent part of its first line. */
async function slowConnection(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('POST /auth', () => resolve(socket)))
    // Surplus connections are closed.
    socket.on('error', () => resolve(socket))
  })
}
