import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { startGsa } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { type Machine, test } from './machine.ts'

/** Answers the machine's current keychain prompt, and those that would follow. */
function answer(machine: Machine, text: 'allow' | 'dismiss'): void {
  writeFileSync(join(machine.env['XDG_RUNTIME_DIR']!, 'answer'), text)
}

/** Locks the keychain again: from now on its prompts remain unanswered. */
function lock(machine: Machine): void {
  rmSync(join(machine.env['XDG_RUNTIME_DIR']!, 'answer'))
}

const note = /Waiting for the keychain: it may be showing a prompt/

describe('a keychain that shows a prompt', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'and gets no reply is given up with %s, and the code stays unused',
    async (signal, { google, machine, skip }) => {
      needs({ skip }, 'python3-dbus')
      await machine.logIn('prompting')
      const stdin = await google.createCode()
      const waiting = startGsa(['exchange', '-'], { env: machine.env, stdin })
      await waiting.says(note)
      waiting.signal(signal)
      expect(await waiting.ended).toMatchObject({
        signal: 'SIGINT',
        stdout: '',
        stderr: expect.stringMatching(/Interrupted\. The code was not used; you can send it again\.\n$/),
      })
      expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])

      answer(machine, 'allow')
      expect(await machine.gsa(['exchange', '-'], { stdin })).toMatchObject({ exitCode: 0 })
    },
  )

  test('has as much time as its user needs, and gsa mentions the wait, also with --json and --quiet', async ({
    google,
    machine,
    skip,
  }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('prompting')
    answer(machine, 'allow')
    expect(await machine.gsa(['exchange', '-'], { stdin: await google.createCode() })).toMatchObject({ exitCode: 0 })
    lock(machine)
    const waiting = startGsa(['token', '--json', '--quiet'], { env: machine.env })
    await waiting.says(note)
    answer(machine, 'allow')
    const { exitCode, json, stderr } = await waiting.ended
    expect({ exitCode, json }).toMatchObject({ exitCode: 0, json: { accessToken: { value: expect.any(String) } } })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('that is dismissed is a locked keychain, and uses up no code', async ({ google, machine, skip }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('prompting')
    answer(machine, 'dismiss')
    const refused = await machine.gsa(['exchange', '-', '--json'], { stdin: await google.createCode() })
    expect(refused).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_locked' } })
    expect(refused.error['cause']).toMatch(/its prompt was dismissed/)
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })

  test('after a code was used is waited for until a second Ctrl-C; the next run does not have to wait', async ({
    google,
    machine,
    skip,
  }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('prompting')
    answer(machine, 'allow')
    google.arm({ on: 'token', fault: 'slow', seconds: 1 })
    const storing = startGsa(['exchange', '-', '--debug'], { env: machine.env, stdin: await google.createCode() })
    await storing.says(/> POST .*\/token/)
    lock(machine)
    await storing.says(note)
    storing.signal('SIGINT')
    await storing.says(/Press Ctrl-C again to stop immediately/)
    storing.signal('SIGINT')
    const ended = await storing.ended
    expect(ended).toMatchObject({ signal: 'SIGINT', stdout: '' })
    expect(ended.stderr).toContain('If a code was being sent, it may have been used: get a new one.')

    answer(machine, 'allow')
    const next = await machine.gsa(['exchange', '-'], { stdin: await google.createCode() })
    expect(next).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(/Waiting for/) })
  })
})

describe('a Secret Service that never responds', () => {
  test.for(['SIGINT', 'SIGTERM'] as const)('does not make gsa deaf to %s', async (signal, { machine, skip }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('hanging')
    // Its failure comes after two seconds, and names the keychain; a run that was stopped says nothing.
    const hanging = startGsa(['login', '--no-browser', '--debug'], { env: machine.env })
    await hanging.says(/< 200 /)
    hanging.signal(signal)
    expect(await hanging.ended).toMatchObject({ stderr: expect.not.stringMatching(/Error:/) })
  })
})

describe('a keychain that refuses connections, as KWallet does with some', () => {
  /** Lets the keychain refuse the next connections. */
  const refuse = (machine: Machine, connections: number): void =>
    writeFileSync(join(machine.env['XDG_RUNTIME_DIR']!, 'refuse'), String(connections))

  test('gets another connection, three times', async ({ google, machine, skip }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('prompting')
    answer(machine, 'allow')
    refuse(machine, 3)
    const exchanged = await machine.gsa(['exchange', '-'], { stdin: await google.createCode() })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    refuse(machine, 3)
    const refreshed = await machine.gsa(['refresh'])
    expect(refreshed.exitCode, refreshed.stderr).toBe(0)
  })

  test('and more often is one that fails, and uses up no code', async ({ google, machine, skip }) => {
    needs({ skip }, 'python3-dbus')
    await machine.logIn('prompting')
    answer(machine, 'allow')
    refuse(machine, 1000)
    expect(await machine.gsa(['exchange', '-', '--json'], { stdin: await google.createCode() })).toMatchObject({
      exitCode: 7,
      stdout: '',
      error: { code: 'keychain_failed' },
    })
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })
})
