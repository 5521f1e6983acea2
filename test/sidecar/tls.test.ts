import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runGsa } from '../support/built-gsa.ts'
import { startEmulatorProgram } from './emulator-program.ts'

test('gsa meets an emulator that serves https, with the variables that it prints', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const emulator = await startEmulatorProgram(['--tls'])
  const { driveUrl = '', caFile = '' } = emulator.addresses
  expect(driveUrl).toMatch(/^https:/)
  const env = {
    HOME: folder,
    GSA_CONFIG_DIR: join(folder, 'config'),
    GSA_STORE: 'memory',
    GSA_CLIENT_SECRETS: join(folder, 'client.json'),
    GSA_EMULATOR_HOST: driveUrl,
    NODE_EXTRA_CA_CERTS: caFile,
  }
  const client = await runGsa(['emulator', 'client-secrets', '--type', 'web'], { env })
  writeFileSync(env.GSA_CLIENT_SECRETS, client.stdout)
  const code = await runGsa(['emulator', 'code'], { env })
  const exchanged = await runGsa(['exchange', '-', '--yes', '--json'], { env, stdin: code.stdout })
  expect(exchanged.json).toMatchObject({ account: { email: 'ada@example.com' } })
  const distrusted = await runGsa(['emulator', 'code', '--json'], { env: { ...env, NODE_EXTRA_CA_CERTS: '' } })
  expect(distrusted.error).toMatchObject({ code: 'tls_failed' })
  emulator.stop()
  expect(await emulator.ended).toBe(130)
  expect(existsSync(caFile)).toBe(false)
})

test('a container platform stops the emulator with SIGTERM, whatever is in progress, and the state is saved', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { GSA_EMULATOR_PERSIST: join(folder, 'google.state') }
  const emulator = await startEmulatorProgram([], env)
  const { controlUrl = '', driveUrl = '' } = emulator.addresses
  const post = async (request: string, body: object): Promise<Response> =>
    await fetch(`${controlUrl}/${request}`, { method: 'POST', body: JSON.stringify(body) })
  await post('faults', { on: 'certs', fault: 'stall', seconds: 600 })
  const stalled = await fetch(`${driveUrl}/oauth2/v3/certs`)
  await post('accounts', { email: 'new@example.com' })
  emulator.stop()
  expect(await emulator.ended).toBe(130)
  await expect(stalled.text()).rejects.toThrow('terminated')
  const again = await startEmulatorProgram([], env)
  expect(again.addresses.accounts).toContainEqual(expect.objectContaining({ email: 'new@example.com' }))
})
