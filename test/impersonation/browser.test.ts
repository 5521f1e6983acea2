import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { type Ended, runGsa } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { startRedirectApp } from './redirect-app.ts'

// A browser does not use the proxy. A program that opens Google's address must not lead the user to the real Google.

interface Machine {
  /** Runs a shell script below `gsa emulator run`, with a browser that writes its arguments to `opened`. */
  readonly run: (script: string, ...options: readonly string[]) => Promise<Ended>
  readonly opened: () => string
  readonly folder: string
  /** The environment besides PATH. Mutable: a test may add BROWSER. */
  readonly env: Record<string, string>
}

const test = base.extend<{ machine: Machine }>({
  machine: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-browser-'))
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    for (const program of ['sh', 'cat', 'echo']) symlinkSync(join('/bin', program), join(bin, program))
    symlinkSync(process.execPath, join(bin, 'node'))
    const env: Record<string, string> = { PATH: bin, HOME: folder }
    await use({
      folder,
      env,
      opened: () => readFileSync(join(folder, 'opened'), 'utf8'),
      run: async (script, ...options) =>
        await runGsa(['emulator', 'run', ...options, '--', 'sh', '-c', script], { env }),
    })
    rmSync(folder, { recursive: true, force: true })
  },
})

/** Adds a program that writes its name and arguments to `opened`. */
function addProgram({ folder }: Machine, name: string, more = ''): string {
  const path = join(folder, 'bin', name)
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${folder}/opened"\n${more}`)
  chmodSync(path, 0o755)
  return path
}

const consent = 'https://accounts.google.com/o/oauth2/v2/auth?a=b'
const atEmulator = /http:\/\/127\.0\.0\.1:\d+\/o\/oauth2\/v2\/auth\?a=b\n/

describe('a program that opens a browser', () => {
  test('with xdg-open leads the user to the emulator', async ({ machine }) => {
    addProgram(machine, 'xdg-open')
    expect(await machine.run(`xdg-open '${consent}'`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened()).toMatch(/^xdg-open /)
    expect(machine.opened()).toMatch(atEmulator)
  })

  test('with BROWSER leads the user to the emulator', async ({ machine }) => {
    machine.env['BROWSER'] = `${addProgram(machine, 'firefox')} -new-tab`
    expect(await machine.run(`"$BROWSER" '${consent}'`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened()).toMatch(/^firefox -new-tab /)
    expect(machine.opened()).toMatch(atEmulator)
  })

  test.for([
    ['with %s', 'firefox --tab=%s --private', /^firefox --tab=http:\/\/127\.0\.0\.1:\d+\/o\/\S+ --private\n$/],
    ['as a list', 'missing: :firefox -new-tab:chromium', /^firefox -new-tab http:\/\/127\.0\.0\.1:\d+\/o\/\S+\n$/],
    [
      'the first of which fail',
      '/none:broken:chromium',
      /^broken http:\S+\nchromium http:\/\/127\.0\.0\.1:\d+\/o\/\S+\n$/,
    ],
  ] as const)('with BROWSER is understood as by xdg-open: %s', async ([, browser, expected], { machine }) => {
    for (const name of ['firefox', 'chromium']) addProgram(machine, name)
    addProgram(machine, 'broken', 'exit 3\n')
    machine.env['BROWSER'] = browser
    expect(await machine.run(`"$BROWSER" '${consent}'`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened()).toMatch(expected)
  })

  test('with BROWSER does not wait for one in the background', async ({ machine }) => {
    addProgram(machine, 'firefox', `until test -e "${machine.folder}/done"; do :; done\n`)
    machine.env['BROWSER'] = 'firefox %s &'
    const script = `"$BROWSER" '${consent}'; until test -s opened; do :; done; echo > done`
    expect(await machine.run(`cd '${machine.folder}'; ${script}`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened()).toMatch(atEmulator)
  })

  test('with BROWSER is told the last reason if none works', async ({ machine }) => {
    addProgram(machine, 'broken', 'exit 3\n')
    machine.env['BROWSER'] = '/none:broken'
    const { stderr } = await machine.run(`"$BROWSER" '${consent}'`)
    expect(stderr).toMatch(/gsa emulator: \S+\/broken ended with status 3; open http:\/\/127\.0\.0\.1:\d+\/o\/oauth2/)
  })

  test('does not start one stand-in after the other: xdg-open starts BROWSER itself', async ({ machine }) => {
    addProgram(machine, 'xdg-open', 'test -z "$BROWSER" || "$BROWSER" "$@"\n')
    expect(await machine.run(`xdg-open '${consent}'; "$BROWSER" '${consent}'`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened().match(/^xdg-open /gm)).toHaveLength(2)
  })

  test('is told the address if there is no browser', async ({ machine }) => {
    const { stderr } = await machine.run(`xdg-open '${consent}'; "$BROWSER" '${consent}'`)
    expect(stderr.match(/gsa emulator: no browser was found; open http:\/\/127\.0\.0\.1:\d+\/o\/oauth2/g)).toHaveLength(
      2,
    )
  })

  test('opens any other address as before', async ({ machine }) => {
    addProgram(machine, 'xdg-open')
    await machine.run('xdg-open https://example.com/ --flag')
    expect(machine.opened()).toBe('xdg-open https://example.com/ --flag\n')
  })

  test('finds the emulator behind an address of its own that redirects to Google', async ({ machine }) => {
    addProgram(machine, 'xdg-open')
    const app = createServer((_, response) => response.writeHead(302, { location: consent }).end())
    await new Promise<void>((resolve) => {
      app.listen(0, '127.0.0.1', resolve)
    })
    try {
      await machine.run(`xdg-open http://127.0.0.1:${(app.address() as AddressInfo).port}/login`)
    } finally {
      await new Promise((resolve) => app.close(resolve))
    }
    expect(machine.opened()).toMatch(atEmulator)
  })

  test('is signed in without a browser with --auto-consent', async ({ machine }) => {
    const app = await startRedirectApp()
    try {
      await machine.run(`xdg-open '${app.authorizationUrl}'`, '--auto-consent')
      expect(await app.received).toMatch(/^\/callback\?.*code=4\/0A/)
    } finally {
      await app.close()
    }
  })

  test('may respond only after that, with --auto-consent', async ({ machine }) => {
    const waiting: ServerResponse[] = []
    const app = createServer((_, response) => {
      // The first request gives up; the next one is sent by a process that nobody waits for.
      if (waiting.push(response) > 1) for (const each of waiting) each.end()
    })
    await new Promise<void>((resolve) => {
      app.listen(0, '127.0.0.1', resolve)
    })
    try {
      const address = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`
      expect(await machine.run(`xdg-open ${address}`, '--auto-consent')).toMatchObject({ exitCode: 0 })
    } finally {
      await new Promise((resolve) => app.close(resolve))
    }
    expect(waiting).toHaveLength(2)
  })

  test('opens an address that nobody serves yet', async ({ machine }) => {
    addProgram(machine, 'xdg-open')
    const port = await freePort()
    expect(await machine.run(`xdg-open http://127.0.0.1:${port}/`)).toMatchObject({ exitCode: 0 })
    expect(machine.opened()).toBe(`xdg-open http://127.0.0.1:${port}/\n`)
  })

  test.each([
    [
      'Google refuses',
      consent,
      /gsa emulator: nobody was signed in: https:\/\/accounts\.google\.com\/signin\/oauth\/error/,
    ],
    ['the program does not listen', 'http://127.0.0.1:1/', /gsa emulator: http:\/\/127\.0\.0\.1:1\/ does not respond/],
  ])('is told why nobody was signed in with --auto-consent: %s', async (_, address, sentence) => {
    const ended = await runGsa(['emulator', 'run', '--auto-consent', '--', 'sh', '-c', `"$BROWSER" '${address}'`])
    expect(ended).toMatchObject({ exitCode: 1 })
    expect(ended.stderr).toMatch(sentence)
  })
})
