import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure, credentials, signIn } from '../emulator/raw-http.ts'
import { type Ended, runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { requestsOf, testWithGoogleHosts } from './client.ts'

type Rclone = (...argv: readonly string[]) => Promise<Ended>

/** Runs rclone, which knows only Google's own addresses, with a remote `app:` for the app folder of an account. */
const test = testWithGoogleHosts.extend<{ rclone: Rclone }>({
  rclone: async ({ google, folder }, use) => {
    const env = { ...google.proxy?.environment, HOME: folder, RCLONE_CONFIG: join(folder, 'rclone.conf') }
    writeFileSync(env.RCLONE_CONFIG, await configuration(google))
    await use(async (...argv) => await runProgram('rclone', ['--retries=1', ...argv], { folder, env }))
  },
})

/** Returns rclone's configuration, with an access token that rclone takes for expired. */
async function configuration(google: Emulator): Promise<string> {
  const tokens = await signIn(google)
  const { client_id: clientId, client_secret: secret } = credentials(google)
  return [
    '[app]',
    'type = drive',
    `client_id = ${clientId}`,
    `client_secret = ${secret}`,
    'scope = drive.appfolder',
    'root_folder_id = appDataFolder',
    'use_trash = false',
    `token = ${JSON.stringify({ ...tokens, expiry: '2020-01-01T00:00:00Z' })}`,
    '',
  ].join('\n')
}

beforeEach(({ skip }) => needs({ skip }, 'rclone'))

const upload = 'POST /upload/drive/v3/files 200'
const chunk = upload.replace('200', '308')

describe('rclone', () => {
  test.for([
    { size: 7_000_000, how: 'in one request', requests: [upload] },
    { size: 20_000_000, how: 'in chunks', requests: [upload, chunk, chunk, upload] },
  ])('copies $size bytes into the app folder $how, and reads them back', async (row, { google, folder, rclone }) => {
    const content = randomBytes(row.size)
    writeFileSync(join(folder, 'large.bin'), content)
    const copied = await rclone('copyto', 'large.bin', 'app:folder/large.bin')
    expect(copied, copied.stderr).toMatchObject({ exitCode: 0 })
    expect(requestsOf(google).filter((request) => request.includes('/upload/'))).toEqual(row.requests)
    expect(await rclone('lsf', '--recursive', '--format=ps', 'app:')).toMatchObject({
      stdout: `folder/;-1\nfolder/large.bin;${row.size}\n`,
    })
    expect(await rclone('check', folder, 'app:folder', '--include=large.bin')).toMatchObject({ exitCode: 0 })
    await rclone('copyto', 'app:folder/large.bin', 'back.bin')
    expect(readFileSync(join(folder, 'back.bin')).equals(content)).toBe(true)
    await rclone('purge', 'app:folder')
    expect(await rclone('lsf', 'app:')).toMatchObject({ exitCode: 0, stdout: '' })
  })

  test('refreshes its access token, and reports that access was revoked', async ({ google, folder, rclone }) => {
    expect(await rclone('lsf', 'app:')).toMatchObject({ exitCode: 0 })
    expect(requestsOf(google)).toContain('POST /token 200')
    const { client_id: clientId } = credentials(google)
    await configure(google, 'POST grants/revoke', { account: 'ada@example.com', clientId })
    const path = join(folder, 'rclone.conf')
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"expiry":"\d+/, '"expiry":"2020'))
    expect(await rclone('lsf', 'app:')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('invalid_grant') })
  })
})
