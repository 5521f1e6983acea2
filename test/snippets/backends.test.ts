import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { snippetFor } from '../../src/snippets/snippet.ts'
import { driveAppdata } from '../emulator/raw-http.ts'
import { test as base, goEnvironment, javaClassPath } from '../official-clients/client-program.ts'
import { runProgram } from '../support/built-gsa.ts'
import { debianPython, needs } from '../support/system-parts.ts'
import { type Backend, backends, type RunningBackend, startBackend } from './backend.ts'

const test = base.extend<{ start: (backend: Backend) => Promise<RunningBackend> }>({
  start: async ({ google, folder, skip }, use) =>
    await use(async (backend) => {
      if (backend.part !== undefined) needs({ skip }, backend.part)
      return await startBackend(backend, { google, folder })
    }),
})

const requestedWith = { 'X-Requested-With': 'XMLHttpRequest' }

/** Posts a form as text; returns the status and the body. */
async function post(
  address: string,
  body: string,
  headers: Record<string, string> = requestedWith,
): Promise<{ status: number; text: string }> {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const response = await fetch(`${address}/authcode`, { method: 'POST', headers: { ...type, ...headers }, body })
  return { status: response.status, text: await response.text() }
}

const form = (name: string, code: string): string => new URLSearchParams([[name, code]]).toString()

/** Text that no response and no log may contain: the beginning of a token, or of a client secret. */
const secret = /ya29\.|1\/\/0|eyJ|GOCSPX/

describe('the backend for', () => {
  test.for(backends)(
    "$platform redeems an app's code, then one from the pop-up",
    async (backend, { google, start }) => {
      const { address, stop } = await start(backend)
      const first = await post(address, form('authCode', await google.createCode({ platform: 'android' })))
      expect(first).toMatchObject({ status: 200 })
      expect(JSON.parse(first.text)).toEqual({
        email: 'ada@example.com',
        worksOffline: true,
        missingScopes: [],
        files: [],
      })
      // The second code of a user returns no refresh token: the stored one must stay.
      const second = await post(address, form('code', await google.createCode({ platform: 'web-popup' })))
      expect(second).toMatchObject({ status: 200 })
      expect(JSON.parse(second.text)).toMatchObject({ email: 'ada@example.com', worksOffline: true })
      const sent = google.requests().filter(({ path }) => path === '/token')
      expect(sent.map((entry) => entry.form['redirect_uri'])).toEqual(['', 'postmessage'])
      for (const text of [first.text, second.text, await stop()]) expect(text).not.toMatch(secret)
    },
  )

  test.for(backends)('$platform says which boxes were not ticked', async (backend, { google, start }) => {
    const { address } = await start(backend)
    const code = await google.createCode({ platform: 'ios', scopes: ['openid', 'email'] })
    const { status, text } = await post(address, form('authCode', code))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      missingScopes: ['https://www.googleapis.com/auth/userinfo.profile', driveAppdata],
    })
  })

  test.for(backends)(
    '$platform refuses requests without a code from its app, and sends nothing to Google',
    async (backend, { google, start }) => {
      const { address, stop } = await start(backend)
      const good = form('authCode', await google.createCode({ platform: 'android' }))
      // Without a body, because none is read: 400 would mean that it was.
      const text = expect.stringContaining('x_requested_with_missing')
      expect(await post(address, '', {})).toEqual({ status: 403, text })
      expect(await post(address, '', { 'X-Requested-With': '' })).toEqual({ status: 403, text })
      for (const body of ['', 'authCode=', 'other=1', `${good}&${good}`, `${good}&code=4%2F0A`])
        expect(await post(address, body), body).toEqual({
          status: 400,
          text: expect.stringContaining('one_code_needed'),
        })
      expect((await fetch(`${address}/authcode`, { headers: requestedWith })).status).toBeGreaterThanOrEqual(404)
      expect((await fetch(address, { method: 'POST', headers: requestedWith })).status).toBe(404)
      expect(google.requests()).toEqual([])
      // The code is still unused after all this.
      expect(await post(address, good)).toMatchObject({ status: 200 })
      expect(await stop()).not.toMatch(secret)
    },
  )

  test.for(backends)('$platform reads at most 16 KB', async (backend, { google, start }) => {
    const { address } = await start(backend)
    const length = 16 * 1024 + 1
    const status = await new Promise((resolve, reject) => {
      const headers = {
        ...requestedWith,
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': length,
      }
      const outgoing = request(`${address}/authcode`, { method: 'POST', headers })
      outgoing.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
      // A backend that checks the length gets no body: unread data could destroy the response.
      if (backend.goesByLength) outgoing.flushHeaders()
      else outgoing.end('authCode=4%2F0A'.padEnd(length, 'x'))
    })
    expect(status).toBe(413)
    expect(google.requests()).toEqual([])
  })

  test.for(backends)('$platform sends a code once, even a rejected one', async (backend, { google, start }) => {
    const { address, stop } = await start(backend)
    const popup = await google.createCode({ platform: 'web-popup' })
    expect(await post(address, form('authCode', popup))).toEqual({
      status: 400,
      text: expect.stringContaining('code_refused'),
    })
    google.arm({ on: 'token', fault: 'http-503' })
    const another = await google.createCode({ platform: 'android' })
    expect((await post(address, form('authCode', another))).status).toBeGreaterThanOrEqual(500)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(2)
    expect(await stop()).not.toMatch(secret)
  })
})

describe('the source for', () => {
  const values = {
    clientId: '1-a"b\'c\\d.apps.googleusercontent.com',
    scopes: ['openid', `a"b'c\\d$e\`\n</script>*/é🎈`],
  }
  const variants = [
    { dpop: false, flag: '' },
    { dpop: true, flag: ' --dpop' },
  ] as const
  const contentFor = (platform: 'node' | 'python' | 'java' | 'go', { dpop }: { dpop: boolean }): string =>
    snippetFor(platform, { ...values, dpop })[0]?.content ?? ''

  test.for(variants)('node$flag is a module, whatever a scope contains', async (variant, { folder }) => {
    writeFileSync(join(folder, 'server.mjs'), contentFor('node', variant))
    const checked = await runProgram(process.execPath, ['--check', 'server.mjs'], { folder })
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test.for(variants)('python$flag parses, whatever a scope contains', async (variant, { skip }) => {
    needs({ skip }, 'official clients for Python')
    const program = 'import ast, sys; print(len(ast.parse(sys.stdin.read()).body))'
    const parsed = await runProgram(debianPython, ['-c', program], { stdin: contentFor('python', variant) })
    expect(Number(parsed.stdout)).toBeGreaterThan(10)
  })

  test.for(variants)('java$flag compiles, whatever a scope contains', async (variant, { folder, skip }) => {
    needs({ skip }, 'official clients for Java')
    writeFileSync(join(folder, 'Server.java'), contentFor('java', variant))
    const argv = ['-Xlint:all,-serial', '-Werror', '-cp', javaClassPath, '-d', folder, join(folder, 'Server.java')]
    const compiled = await runProgram('javac', argv)
    expect(compiled).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  })

  test.for(variants)(
    'go$flag is formatted and passes vet, whatever a scope contains',
    async (variant, { folder, skip }) => {
      needs({ skip }, 'go-oidc')
      const source = contentFor('go', variant).replace(
        '"github.com/coreos/go-oidc/v3/oidc"',
        '"github.com/coreos/go-oidc"',
      )
      writeFileSync(join(folder, 'main.go'), source)
      expect(await runProgram('gofmt', ['-d', 'main.go'], { folder })).toMatchObject({
        exitCode: 0,
        stdout: '',
        stderr: '',
      })
      const options = { folder, env: { ...goEnvironment, HOME: folder }, deadlineMs: 120_000 }
      expect(await runProgram('go', ['vet', 'main.go'], options)).toMatchObject({ exitCode: 0, stderr: '' })
    },
  )
})
