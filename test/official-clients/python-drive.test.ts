import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import { signIn } from '../emulator/raw-http.ts'
import { runProgram } from '../support/built-gsa.ts'
import { debianPython, needs } from '../support/system-parts.ts'
import { ask, emulatorEnvironment, programs, recipes, test } from './client-program.ts'

beforeEach(({ skip }) => needs({ skip }, 'official clients for Python'))

const drive = (operation: string): [string, ...string[]] => [debianPython, join(programs, 'drive.py'), operation]

describe('googleapiclient for Python, unmodified, built from the discovery document', () => {
  test.for(['multipart', 'resumable'])('stores and uses a file, upload %s', async (kind, { google, folder }) => {
    const { access_token: accessToken } = await signIn(google)
    const given = { accessToken, size: 1_000_000, resumable: kind === 'resumable' }
    expect(await ask(drive('use'), { google, folder, given })).toEqual({
      created: { name: 'settings.bin', size: '1000000' },
      listed: ['settings.bin'],
      downloaded: true,
      updated: { name: 'renamed.bin', size: '3' },
      left: [],
    })
  })

  test('goes through the pages of a list', async ({ google, folder }) => {
    const { access_token: accessToken } = await signIn(google)
    expect(await ask(drive('pages'), { google, folder, given: { accessToken } })).toEqual({ pages: [2, 2, 1] })
  })

  test('carries out several calls in one batch', async ({ google, folder }) => {
    const { access_token: accessToken } = await signIn(google)
    expect(await ask(drive('batch'), { google, folder, given: { accessToken } })).toEqual({
      results: ['a', 'b', 404, 'c', ''],
      left: ['b'],
    })
    expect(google.requests().filter(({ path }) => path === '/batch/drive/v3')).toHaveLength(2)
  })

  test('sends a long query as a form that stands for a GET', async ({ google, folder }) => {
    const { access_token: accessToken } = await signIn(google)
    const answer = await ask(drive('long'), { google, folder, given: { accessToken } })
    expect(answer).toMatchObject({ found: [{ name: 'a' }] })
    expect(answer['length']).toBeGreaterThan(2048)
  })

  test('reports a missing file, and a missing scope', async ({ google, folder }) => {
    const { access_token: accessToken } = await signIn(google)
    const given = { accessToken }
    expect(await ask(drive('missing'), { google, folder, given })).toMatchObject({
      status: 404,
      reason: 'File not found: missing.',
    })
    expect(await ask(drive('refused'), { google, folder, given })).toMatchObject({
      status: 403,
      reason: 'The granted scopes do not give access to all of the requested spaces.',
    })
  })

  test('does what the recipe says', async ({ google, folder }) => {
    const { access_token: token } = await signIn(google)
    const env = { ...emulatorEnvironment(google, folder), ACCESS_TOKEN: token }
    const ended = await runProgram(debianPython, [join(recipes, 'drive.py')], { folder, env })
    expect(ended, ended.stderr).toMatchObject({
      exitCode: 0,
      stdout: 'files: settings.json\ncontent: {"theme":"dark"}\n',
    })
  })
})
