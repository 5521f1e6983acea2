import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { clientSecretsFile, type Emulator } from '../../src/emulator/index.ts'
import { type Running, startGsa } from '../support/built-gsa.ts'
import { startHttpServer } from '../support/http-server.ts'
import { test, type User } from './chromium.ts'

/** Serves a page under development; returns its origin. */
async function startPage(): Promise<string> {
  return startHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>An app</title>')
  })
}

async function startBackend(
  user: User,
  google: Emulator,
  ...args: readonly string[]
): Promise<{ url: string; gsa: Running }> {
  const clientSecrets = join(user.folder, 'client_secret_web.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
  const env = { HOME: user.folder, GSA_STORE: 'memory', GSA_EMULATOR_HOST: new URL(google.issuer).host }
  const gsa = startGsa(['serve', '--once', '--json', '--port', '0', '--client-secrets', clientSecrets, ...args], {
    env,
  })
  const [, url = ''] = await gsa.says(/Receiving codes at (\S+)\.\n/)
  return { url, gsa }
}

/**
 * Returns what the page gets for the code from the pop-up: the response, or `blocked` if the browser lets nothing
 * through.
 */
async function send(page: Page, url: string, code: string): Promise<unknown> {
  return page.evaluate(
    async ([address, value]) => {
      const request = {
        method: 'POST',
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
        body: new URLSearchParams({ code: value }),
      }
      try {
        return await (await fetch(address, request)).json()
      } catch {
        return 'blocked'
      }
    },
    [url, code] as const,
  )
}

const tokenPosts = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

describe('gsa serve, from a page in Chromium,', () => {
  test('accepts the code of an allowed page', async ({ google, user }) => {
    const origin = await startPage()
    const { url, gsa } = await startBackend(user, google, '--allow-origin', origin)
    const page = await user.openBrowser()
    await page.goto(origin)
    const answer = await send(page, url, await google.createCode({ platform: 'web-popup' }))
    expect(answer).toMatchObject({ email: 'ada@example.com' })
    expect(await gsa.ended).toMatchObject({ exitCode: 0, json: { account: { email: 'ada@example.com' } } })
  })

  test('accepts none from a page that is not allowed, whatever it tries', async ({ google, user }) => {
    const origin = await startPage()
    const { url, gsa } = await startBackend(user, google)
    const page = await user.openBrowser()
    await page.goto(origin)
    const code = await google.createCode({ platform: 'web-popup' })
    expect(await send(page, url, code)).toBe('blocked')
    // A form can be sent without permission, but cannot send the header.
    await page.setContent(
      `<form method="post" action="${url}"><input name="code" value="${code}"><button>Send</button></form>`,
    )
    await page.getByRole('button').click()
    await page.getByText('request_origin_foreign').waitFor()
    gsa.signal('SIGTERM')
    expect(await gsa.ended).toMatchObject({ exitCode: 130, stdout: '' })
    expect(tokenPosts(google)).toBe(0)
  })
})
