import { describe, expect } from 'vitest'
import { startGsa } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { answer, call, close, pressEscape, secretService, typePassword } from './dialogs.ts'
import { exchange, type Machine, test } from './machine.ts'

const ada = '110000000000000000001'
const note = /Waiting for the keychain: it may be showing a prompt/
const dialog = 'KDE Wallet Service'

test.beforeEach(({ skip }) => needs({ skip }, 'KWallet'))

/** Closes the wallet. KWallet saves it first. */
async function lock(machine: Machine): Promise<void> {
  const wallet = '/org/freedesktop/secrets/collection/kdewallet'
  const method = 'org.freedesktop.Secret.Service.Lock'
  const reply = await call(machine, secretService, '/org/freedesktop/secrets', method, `array:objpath:${wallet}`)
  expect(reply).toContain(wallet)
}

describe('KWallet as the keychain', () => {
  test('stores the tokens, which outlive its restart, until they are revoked', async ({ google, machine }) => {
    await machine.logIn('kwallet')
    await exchange(machine, google)
    const stored = await machine.refreshToken(ada)
    expect(stored).toMatch(/^1\/\/0/)
    await lock(machine)
    await machine.logIn('kwallet')
    expect(await machine.gsa(['refresh', '--json'])).toMatchObject({ exitCode: 0 })
    expect(await machine.refreshToken(ada)).toBe(stored)
    expect(await machine.gsa(['revoke', '--yes', '--json'])).toMatchObject({ exitCode: 0, json: { proven: true } })
    expect(await machine.items()).toEqual([])
  })

  test('with a closed wallet asks its user, and gsa continues after the password', async ({ google, machine }) => {
    await machine.logIn('kwallet')
    await exchange(machine, google)
    await lock(machine)
    const waiting = startGsa(['token', '--json'], { env: machine.env })
    await waiting.says(note)
    await answer(machine, dialog, ...typePassword)
    const ended = await waiting.ended
    expect(ended.exitCode, ended.stderr).toBe(0)
    expect(ended.json).toMatchObject({ accessToken: { value: expect.any(String) } })
  })

  test('whose user dismisses the dialog is a locked keychain', async ({ google, machine }) => {
    await machine.logIn('kwallet')
    await exchange(machine, google)
    await lock(machine)
    const waiting = startGsa(['token', '--json'], { env: machine.env })
    await waiting.says(note)
    await answer(machine, dialog, ...pressEscape)
    expect(await waiting.ended).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_locked' } })
  })

  test('that is closed is a missing keychain, and uses up no code', async ({ google, machine }) => {
    await machine.logIn('kwallet')
    await close(machine)
    const stdin = await google.createCode()
    expect(await machine.gsa(['exchange', '-', '--json'], { stdin })).toMatchObject({
      exitCode: 7,
      stdout: '',
      error: { code: 'keychain_missing' },
    })
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })
})
