import { describe, expect } from 'vitest'
import { configure } from '../emulator/raw-http.ts'
import { test } from '../support/harness.ts'
import { generate, listed, logIn } from './app-folder.ts'

const forbidden = [
  ['insufficient-scope', 'scope_insufficient', 'tick the Drive box'],
  ['api-not-enabled', 'api_not_enabled', 'https://console.developers.google.com/apis/api/drive.googleapis.com'],
  ['daily-limit', 'daily_limit_reached', 'midnight'],
  ['domain-policy', 'drive_forbidden_by_policy', 'administrator'],
] as const
const forbiddenToPut = [
  ['storage-full', 'drive_storage_full', 'Free up space'],
  ['children-limit', 'drive_folder_full', 'gsa drive rm'],
  ['item-creation-limit', 'drive_folder_full', 'gsa drive rm'],
] as const
const forbiddenToGet = [
  ['app-not-authorized', 'drive_file_of_another_app', '--client-secrets'],
  ['abusive-file', 'drive_not_downloadable', 'gsa drive rm NAME'],
  ['not-downloadable', 'drive_not_downloadable', '--long'],
] as const

describe('a 403 from Drive', () => {
  test.for(forbidden)(
    '%s is reported as %s, with what to do, and not retried',
    async ([fault, code, fix], { gsa, google }) => {
      await logIn(gsa, google)
      google.arm({ on: 'drive', fault })
      const run = await gsa.run('drive', 'ls-appfolder', '--json')
      expect([run.exitCode, run.error['code']]).toEqual([5, code])
      expect(run.error['fix']).toContain(fix)
      // The fault struck once: another request would have succeeded.
      expect(await listed(gsa)).toEqual([])
    },
  )

  test.for(forbiddenToPut)('%s is reported as %s on upload', async ([fault, code, fix], { gsa, google }) => {
    await logIn(gsa, google)
    for (const bytes of [1, 6_000_000]) {
      google.arm({ on: 'upload', fault })
      const run = await gsa.run('drive', 'put', '-', '--name', 'a', '--json', { stdin: Buffer.alloc(bytes) })
      expect([run.exitCode, run.error['code']]).toEqual([5, code])
      expect(run.error['fix']).toContain(fix)
      expect(await listed(gsa)).toEqual([])
    }
  })

  test.for(forbiddenToGet)('%s is reported as %s on download', async ([fault, code, fix], { gsa, google }) => {
    await logIn(gsa, google)
    await gsa.run('drive', 'put', '-', '--name', 'a', { stdin: 'x' })
    google.arm({ on: 'drive', fault })
    const run = await gsa.run('drive', 'get', 'a', '-o', '-', '--json')
    expect([run.exitCode, run.error['code']]).toEqual([5, code])
    expect(run.error['fix']).toContain(fix)
  })

  test('for trashing in the app folder is reported as such', async ({ gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 1)
    const [file] = await listed(gsa)
    const path = `/drive/v3/files/${file?.id}`
    const run = await gsa.run('api', 'PATCH', path, '-F', 'trashed=true', '--json')
    expect([run.exitCode, run.error['code']]).toEqual([5, 'drive_not_for_app_folder'])
  })

  test('for a full storage also occurs for real', async ({ gsa, google }) => {
    await configure(google, 'POST accounts', { email: 'small@example.com', storageLimitBytes: 1000 })
    const code = await google.createCode({ account: 'small@example.com' })
    await gsa.run('exchange', '-', { stdin: code })
    const run = await gsa.run('drive', 'put', '-', '--name', 'a', '--json', { stdin: 'x'.repeat(2000) })
    expect([run.exitCode, run.error['code']]).toEqual([5, 'drive_storage_full'])
  })
})

describe.concurrent('a request that is safe to retry', () => {
  test.for([
    ['http-429', undefined],
    ['http-500', undefined],
    ['http-502', undefined],
    ['retry-after', 2],
    ['user-rate-limit', undefined],
    ['project-rate-limit', 1],
    ['reset', undefined],
    ['backend-html', undefined],
  ] as const)('is retried after %s, and gsa says so', async ([fault, seconds], { gsa, google }) => {
    await logIn(gsa, google)
    await generate(google, 3)
    google.arm({ on: 'drive', fault, ...(seconds === undefined ? {} : { seconds }) })
    const run = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(run.exitCode, run.stderr).toBe(0)
    expect(JSON.parse(run.stdout)).toHaveLength(3)
    expect(run.stderr).toContain(`retrying in ${seconds ?? 1} second${seconds === 2 ? 's' : ''}.`)
  })

  test('is not retried when the server asks for an unreasonable wait', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault: 'project-rate-limit', seconds: 3600 })
    const run = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(run.exitCode).toBe(3)
    expect(run.error).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 3600 } })
    expect(run.error['fix']).toContain('Wait 60 minutes')
  })

  test('fails with the last response after too many, and immediately with Ctrl-C', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault: 'http-503', times: 1000 })
    const before = google.requests().length
    const interrupted = await gsa.run('drive', 'ls-appfolder', { interruptWhen: /retrying in 2 seconds/ })
    expect(interrupted.exitCode).toBe(130)
    expect(google.requests().length - before).toBe(2)
    const run = await gsa.run('drive', 'ls-appfolder', '--json')
    expect(run.exitCode).toBe(3)
    expect(run.error).toMatchObject({ code: 'server_failed', details: { status: 503 } })
    expect(google.requests().length - before).toBe(2 + 5)
  })

  test('is not retried where nothing listens', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const run = await gsa.run('drive', 'ls-appfolder', '--json', { env: { GSA_DRIVE_URL: 'http://127.0.0.1:1' } })
    expect([run.exitCode, run.error['code']]).toEqual([3, 'unreachable'])
  })
})
