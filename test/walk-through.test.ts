import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { test } from './keychain/machine.ts'
import { root } from './support/built-gsa.ts'
import { freePort } from './support/free-port.ts'
import { needs } from './support/system-parts.ts'

/** The commands of each of the three terminals of the page. */
const terminals = [
  ...readFileSync(join(root, 'docs/test-without-google.md'), 'utf8').matchAll(/```bash\n([\s\S]*?)```/g),
].map(([, lines = '']) => lines)

test('docs/test-without-google.md works as written, in three terminals', async ({ machine, skip }) => {
  needs({ skip }, 'curl and jq')
  expect(terminals).toHaveLength(3)
  await machine.logIn('unlocked')
  const folder = machine.env['HOME'] ?? ''
  const ports = { '9077': await freePort(), '8790': await freePort() }
  const { GSA_CLIENT_SECRETS: _secrets, GSA_EMULATOR_HOST: _host, ...settings } = machine.env
  const env = { ...settings, PATH: [shim(folder), process.env['PATH']].join(delimiter) }
  const type = (at: number): Terminal => openTerminal(withPorts(terminals[at] ?? '', ports), folder, env)

  await type(0).shows(/Ctrl-C to stop/)
  const backend = type(1)
  await backend.shows(/Ctrl-C to stop/)
  const app = type(2)
  expect(await app.ended, app.screen()).toBe(0)
  expect(app.screen()).toContain('"email":"ada@example.com"')
  expect(app.screen()).not.toMatch(/ya29\.|1\/\/0/)
  expect(app.screen()).toMatch(/The app folder is empty/)
  await backend.shows(
    /POST \/authcode {2}200 {2}ada@example\.com: code from a phone, refresh token received, in the keychain/,
  )
})

test('its requests for a backend without a library get tokens', async ({ machine, skip }) => {
  needs({ skip }, 'curl and jq')
  const page = readFileSync(join(root, 'docs/test-without-google.md'), 'utf8')
  const requests = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines)
  expect(requests).toHaveLength(3)
  const folder = machine.env['HOME'] ?? ''
  const ports = { '9077': await freePort() }
  const env = { ...machine.env, PATH: [shim(folder), process.env['PATH']].join(delimiter) }
  const type = (lines: string): Terminal => openTerminal(withPorts(lines, ports), folder, env)
  await type('gsa emulator start').shows(/Ctrl-C to stop/)
  const start =
    'export GSA_EMULATOR_HOST=127.0.0.1:9077\ngsa emulator client-secrets --type web > client_secret_web.json\n'
  const backend = type(`${start}${requests.join('\n')}`)
  expect(await backend.ended, backend.screen()).toBe(0)
  for (const answer of [/"access_token"/, /"refresh_token"/, /"code"/, /"armed"/])
    expect(backend.screen()).toMatch(answer)
})

/** Writes an installed `gsa`, with other ports because several tests run at the same time. */
function shim(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'gsa'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"\n`)
  chmodSync(join(bin, 'gsa'), 0o755)
  return bin
}

function withPorts(lines: string, ports: Readonly<Record<string, number>>): string {
  const changed = lines.replace(/\b(?:9077|8790)\b/g, (port) => String(ports[port]))
  return changed
    .replace('gsa emulator start', `gsa emulator start --port ${ports['9077']}`)
    .replace('gsa serve ', `gsa serve --port ${ports['8790']} `)
}

interface Terminal {
  readonly ended: Promise<number | null>
  screen(): string
  /** Waits until the screen matches. Rejects if the terminal exits first. */
  shows(pattern: RegExp): Promise<void>
}

function openTerminal(lines: string, folder: string, env: Readonly<Record<string, string>>): Terminal {
  // A separate process group, so that its processes end with it.
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', lines], { cwd: folder, env, detached: true })
  onTestFinished(() => {
    if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL')
  })
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of waiting) look()
    })
  const ended = new Promise<number | null>((resolve) => shell.on('close', resolve))
  return {
    ended,
    screen: () => text,
    shows: async (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended without ${String(pattern)}:\n${text}`)))
      }),
  }
}
