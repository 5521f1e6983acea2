import { describe, expect, onTestFinished, vi } from 'vitest'
import { keychainStore } from '../../src/stores/keychain-store.ts'
import { startGsa } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { answer, call, close, patience, pressEscape, pressReturn, secretService, typePassword } from './dialogs.ts'
import { exchange, type Machine, test, tokenRequests } from './machine.ts'

const ada = '110000000000000000001'
const note = /Waiting for the keychain: it may be showing a prompt/

test.beforeEach(({ skip }) => needs({ skip }, 'KeePassXC'))

/** Locks the database, as KeePassXC's menu does. KeePassXC saves it first. */
async function lock(machine: Machine): Promise<void> {
  const window = 'org.keepassxc.KeePassXC.MainWindow'
  await call(machine, window, '/keepassxc', `${window}.lockAllDatabases`)
  const collection = '/org/freedesktop/secrets/aliases/default'
  const get = 'org.freedesktop.DBus.Properties.Get'
  const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked']
  await expect
    .poll(async () => call(machine, secretService, collection, get, ...property), patience)
    .toContain('boolean true')
}

describe('KeePassXC as the keychain', () => {
  test('stores the tokens, which outlive its restart, until they are revoked', async ({ google, machine }) => {
    await machine.logIn('keepassxc')
    await exchange(machine, google)
    const { clientId } = google.clients.find(({ type }) => type === 'web')!
    const account = `${google.issuer} ${clientId} ${ada}`
    const items = await machine.items()
    expect(items.map((item) => item.account)).toEqual([`credential ${account}`])
    const stored = await machine.refreshToken(ada)
    expect(stored).toMatch(/^1\/\/0/)

    await lock(machine)
    await machine.logIn('keepassxc')
    expect(await machine.gsa(['refresh', '--json'])).toMatchObject({ exitCode: 0 })
    expect(await machine.refreshToken(ada)).toBe(stored)
    expect(await machine.gsa(['revoke', '--yes', '--json'])).toMatchObject({ exitCode: 0, json: { proven: true } })
    expect(await machine.items()).toEqual([])
  })

  test('with a locked database asks its user, and gsa continues after the password', async ({ google, machine }) => {
    await machine.logIn('keepassxc')
    await exchange(machine, google)
    await lock(machine)
    const waiting = startGsa(['token', '--json'], { env: machine.env })
    await waiting.says(note)
    await answer(machine, 'Unlock Database', ...typePassword)
    expect(await waiting.ended).toMatchObject({ exitCode: 0, json: { accessToken: { value: expect.any(String) } } })
  })

  test('with a locked database uses up no code when the user presses Ctrl-C', async ({ google, machine }) => {
    await machine.logIn('keepassxc')
    await lock(machine)
    const waiting = startGsa(['exchange', '-'], { env: machine.env, stdin: await google.createCode() })
    await waiting.says(note)
    waiting.signal('SIGINT')
    expect(await waiting.ended).toMatchObject({
      signal: 'SIGINT',
      stdout: '',
      stderr: expect.stringMatching(/Interrupted\. The code was not used; you can send it again\.\n$/),
    })
    expect(tokenRequests(google)).toBe(0)
  })

  test('whose database stays locked is a keychain that does not respond', async ({ machine }) => {
    await machine.logIn('keepassxc')
    await lock(machine)
    // The module is in this process, and finds the session in its environment.
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', machine.env['DBUS_SESSION_BUS_ADDRESS'])
    onTestFinished(() => void vi.unstubAllEnvs())
    const store = keychainStore({ signal: new AbortController().signal, repeatMs: 0 })
    await expect(store.get('any')).rejects.toMatchObject({ code: 'keychain_silent', exitCode: 7 })
  })

  test('that asks before each access is waited for, until its user allows it', async ({ google, machine }) => {
    await machine.logIn('keepassxc-asking')
    await exchange(machine, google)
    const waiting = startGsa(['token', '--json'], { env: machine.env })
    await waiting.says(note)
    await answer(machine, 'Access Request', ...pressReturn)
    expect(await waiting.ended).toMatchObject({ exitCode: 0, json: { accessToken: { value: expect.any(String) } } })
  })

  test('whose user denies the access is a locked keychain', async ({ google, machine }) => {
    await machine.logIn('keepassxc-asking')
    await exchange(machine, google)
    const waiting = startGsa(['token', '--json'], { env: machine.env })
    await waiting.says(note)
    await answer(machine, 'Access Request', ...pressEscape)
    const denied = await waiting.ended
    expect(denied).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_locked' } })
    expect(denied.error['cause']).toMatch(/its prompt was dismissed/)
  })

  test('that is closed is a missing keychain, and uses up no code', async ({ google, machine }) => {
    await machine.logIn('keepassxc')
    await exchange(machine, google)
    const before = tokenRequests(google)
    await close(machine)
    const stdin = await google.createCode()
    for (const argv of [['token'], ['exchange', '-']])
      expect(await machine.gsa([...argv, '--json'], { stdin })).toMatchObject({
        exitCode: 7,
        stdout: '',
        error: { code: 'keychain_missing', cause: expect.stringMatching(/no Secret Service is running/) },
      })
    expect(tokenRequests(google)).toBe(before)
  })
})
