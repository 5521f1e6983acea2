import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { postCode } from '../backend/serving.ts'
import { test } from './machine.ts'

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

describe('gsa on Windows', () => {
  test('receives a code from an app, and stores its tokens', async ({ desk, google }) => {
    const serve = desk.start(['serve', '--port', '0', '--once', '--json'])
    const [, url = ''] = await serve.says(/(http:\/\/127\.0\.0\.1:\d+\/authcode)/)
    expect(await postCode(url, { authCode: await google.createCode() })).toMatchObject({ status: 200 })
    expect(await serve.ended).toMatchObject({
      exitCode: 0,
      json: { refreshToken: { stored: true, store: 'keychain' } },
    })
    expect(await desk.gsa(['token'])).toMatchObject({ exitCode: 0 })
  })

  test('starts an emulator that another gsa uses, until Ctrl-C', async ({ desk }) => {
    const emulator = desk.onConsole(['emulator', 'start', '--port', '0'])
    const [, address = ''] = await emulator.shows(/http:\/\/(127\.0\.0\.1:\d+)/)
    const env = { GSA_EMULATOR_HOST: address }
    const secrets = await desk.gsa(['emulator', 'client-secrets', '--type', 'web'], { env })
    const code = await desk.gsa(['emulator', 'code'], { env })
    const file = desk.machine.file('emulator/client_secret.json', secrets.stdout)
    const exchanged = await desk.gsa(['exchange', '-', '--client-secrets', file], { env, stdin: code.stdout })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    emulator.type('\u0003')
    expect(await emulator.ended, emulator.screen()).toBe(130)
  })

  test('uploads 20 MB to the app folder, and downloads the same', async ({ desk, google }) => {
    await desk.gsa(['exchange', '-'], { stdin: await google.createCode() })
    const content = randomBytes(20_000_000)
    const file = desk.machine.file('Ablage für gsa/Größe 20.bin', content)
    const put = await desk.gsa(['drive', 'put', file, '--json'])
    expect(put.exitCode, put.stderr).toBe(0)
    expect(put.json).toMatchObject({ name: 'Größe 20.bin', md5Checksum: md5(content) })
    const folder = join(desk.machine.drive, 'Ablage für gsa')
    const get = await desk.gsa(['drive', 'get', 'Größe 20.bin', '-o', 'zurück.bin'], { folder })
    expect(get.exitCode, get.stderr).toBe(0)
    expect(md5(readFileSync(join(folder, 'zurück.bin')))).toBe(md5(content))
  })
})
