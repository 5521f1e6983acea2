import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runProgram } from '../support/built-gsa.ts'
import type { Machine } from './machine.ts'

/** Waits until the machine shows a window with this title, and types there as its user does, until it is closed. */
export async function answer(machine: Machine, title: string, ...typing: readonly string[]): Promise<void> {
  const env = { DISPLAY: readFileSync(join(machine.env['XDG_RUNTIME_DIR']!, 'display'), 'utf8').trim() }
  const search = ['search', '--onlyvisible', '--name', title]
  await expect.poll(async () => runProgram('xdotool', search, { env }), patience).toMatchObject({ exitCode: 0 })
  // A window that has just opened may miss the first keys.
  const isOpen = async (): Promise<boolean> => {
    if ((await runProgram('xdotool', search, { env })).exitCode !== 0) return false
    await runProgram('xdotool', [...search, 'windowfocus', '--sync', ...typing], { env })
    return true
  }
  await expect.poll(isOpen, { ...patience, interval: 500 }).toBe(false)
}

// Window 0 is the focused one: a window that closes at a key would not get its release.
const press = (key: string): string[] => ['key', '--window', '0', key]
export const typePassword = [
  ...press('ctrl+a'),
  'type',
  '--args',
  '1',
  '--window',
  '0',
  'test-only-password',
  ...press('Return'),
]
export const pressReturn = press('Return')
export const pressEscape = press('Escape')

/** Ends the keychain's program. KeePassXC's own exit sometimes hangs while it saves. */
export async function close(machine: Machine): Promise<void> {
  const owner = `string:${secretService}`
  const reply = await call(machine, bus, '/', `${bus}.GetConnectionUnixProcessID`, owner)
  process.kill(Number(/uint32 (\d+)/.exec(reply)?.[1]), 'SIGKILL')
  await expect
    .poll(async () => call(machine, bus, '/', `${bus}.NameHasOwner`, owner), patience)
    .toContain('boolean false')
}

const bus = 'org.freedesktop.DBus'
export const secretService = 'org.freedesktop.secrets'
export const patience = { timeout: 30_000 }

/** Calls a method of a D-Bus service, and returns the reply. */
export async function call(machine: Machine, service: string, ...method: readonly string[]): Promise<string> {
  const argv = ['--session', '--print-reply', `--dest=${service}`, ...method]
  const { exitCode, stdout, stderr } = await runProgram('dbus-send', argv, { env: machine.env })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
}
