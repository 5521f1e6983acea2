import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { test as base } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import {
  answerConsent,
  answerDevice,
  clientSecretsFile,
  type Emulator,
  startEmulator,
} from '../../src/emulator/index.ts'
import { createInterruption } from '../../src/http/interruption.ts'
import { run } from '../../src/run.ts'
import { inStillTime } from './fast-time.ts'
import { isOnWindows, onlyInProcess, runOnWindows } from './run-on-windows.ts'
import { huntSecrets } from './secret-hunt.ts'

/** The user's choice on the consent page. */
export interface Answer {
  readonly decision?: 'allow' | 'deny'
  readonly account?: string
  readonly scopes?: string[]
}

/** The choice on the consent page, or a function that gets the authorization URL. */
export type Browser = Answer | ((authorizationUrl: string) => Promise<unknown>)

/** The differences of one run from a script without input. */
export interface RunOptions {
  /** The content of standard input; `'never-ending'` is a pipe that is neither written to nor closed. */
  readonly stdin?: string | Buffer
  /** Environment variables for this run; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Opened when an authorization URL is printed. */
  readonly browser?: Browser
  /** Entered on the device page when a user code is shown, with this choice; or a function that gets the code. */
  readonly device?: Answer | ((userCode: string) => Promise<unknown>)
  /**
   * A terminal with a user at it: the keys typed when the screen shows the text. Ctrl-D (U+0004) at the end closes the
   * input.
   */
  readonly typing?: readonly (readonly [when: RegExp, keys: string])[]
  /**
   * The keys typed at the process's terminal, which is neither standard input nor stderr, when its screen shows the
   * text.
   */
  readonly typingAtTerminal?: RunOptions['typing']
  /** Ctrl-C when the screen shows the text. */
  readonly interruptWhen?: RegExp
  /** The login times out as soon as the screen shows the text and the browser has its response. */
  readonly timeIsUpWhen?: RegExp
  /** An event elsewhere on the machine when the screen shows the text. */
  readonly whenShown?: readonly [when: RegExp, happens: (screen: string) => void]
  /** The work with a server that runs until it is stopped, once the screen shows the text; Ctrl-C when it is done. */
  readonly meanwhile?: readonly [when: RegExp, work: (screen: string) => Promise<unknown>]
  /** The purpose of this run is to print a secret. */
  readonly printsSecrets?: boolean
  /** Unix time in milliseconds. */
  readonly now?: () => number
}

/** The output and exit code of a run. */
export interface Run {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The text on the process's terminal, if it was opened. */
  readonly terminal: string
  /** stdout as JSON; fails a test that reads it without `--json`. */
  readonly json: JsonObject
  /** The `error` member of the JSON document on stderr. */
  readonly error: JsonObject
}

/** `gsa` in this process, with its own home, configuration and store. */
export interface Gsa {
  run(...args: readonly (string | RunOptions)[]): Promise<Run>
  /** Writes a file to this test's folder; returns its path. */
  file(name: string, content: string | Buffer): string
  /** This test's folder. It contains HOME and the configuration. */
  readonly folder: string
  /** The store in use. It outlives a run. */
  readonly store: 'memory' | 'keychain'
  /** The items in the memory store, which outlives a run here. */
  readonly memory: Map<string, string>
  readonly webClient: string
  readonly desktopClient: string
  readonly tvClient: string
}

/** `test` with an emulator and a `gsa` that is set up for it. */
export const test = base.extend<{ google: Emulator; gsa: Gsa }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  gsa: async ({ google }, use) => inFolder((folder) => use(createGsa(folder, google))),
})

/** Does the same for tables: test.each has no fixtures. */
export async function withGsa(use: (gsa: Gsa, google: Emulator) => Promise<void>): Promise<void> {
  const google = await startEmulator()
  try {
    await inFolder((folder) => use(createGsa(folder, google), google))
  } finally {
    await google.close()
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-test-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function createGsa(folder: string, google: Emulator): Gsa {
  const memory = new Map<string, string>()
  const home = join(folder, 'home')
  mkdirSync(home)
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const clientFile = (type: 'web' | 'desktop' | 'tv'): string =>
    file(`client_secret_${type}.json`, JSON.stringify(clientSecretsFile(type, google.issuer)))
  const webClient = clientFile('web')
  const desktopClient = clientFile('desktop')
  const tvClient = clientFile('tv')
  const env = {
    HOME: home,
    PATH: process.env['PATH'],
    GSA_CONFIG_DIR: join(home, 'gsa'),
    GSA_STORE: 'memory',
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: webClient,
    // A test answers the page itself; the developer's browser stays closed.
    GSA_BROWSER: 'true',
  }
  return {
    folder,
    store: isOnWindows ? 'keychain' : 'memory',
    get memory() {
      onlyInProcess('reads the memory store')
      return memory
    },
    file,
    webClient,
    desktopClient,
    tvClient,
    async run(...args) {
      const options = args.find((arg) => typeof arg !== 'string') ?? {}
      const argv = args.filter((arg) => typeof arg === 'string')
      const runNow = async (anHourPasses?: () => void): Promise<Run> =>
        isOnWindows
          ? runOnWindows(argv, { ...env, ...options.env }, options, google.issuer)
          : runOnce(argv, { ...env, ...options.env }, options, { memory, issuer: google.issuer, anHourPasses })
      const result = await (options.timeIsUpWhen === undefined ? runNow() : inStillTime(runNow))
      const files = filesBelow(home)
      huntSecrets({ argv, options, result, files, journal: google.requests(), keys: keysIn(memory) })
      return result
    },
  }
}

async function runOnce(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: RunOptions,
  {
    memory,
    issuer,
    anHourPasses,
  }: { memory: Map<string, string>; issuer: string; anHourPasses: (() => void) | undefined },
): Promise<Run> {
  const interruption = createInterruption()
  const visits: Promise<unknown>[] = []
  const isTerminal = options.typing !== undefined
  const stdin = isTerminal
    ? Object.assign(new PassThrough(), { isTTY: true })
    : options.stdin === 'never-ending'
      ? new PassThrough()
      : Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)])
  const typeAtStdin = typist(options.typing, stdin as PassThrough)

  let unvisited = options.browser !== undefined
  let unanswered = options.device !== undefined
  let unhappened = options.whenShown
  let undone = options.meanwhile
  let timeIsUp = options.timeIsUpWhen === undefined
  const react = (screen: string): void => {
    if (unhappened?.[0].test(screen) === true) {
      unhappened[1](screen)
      unhappened = undefined
    }
    if (undone?.[0].test(screen) === true) {
      visits.push(undone[1](screen).finally(() => interruption.interrupt()))
      undone = undefined
    }
    const address = /^http:\/\/\S+[?&]client_id=\S+$/m.exec(screen)?.[0]
    if (unvisited && address !== undefined) {
      unvisited = false
      visits.push(visit(options.browser ?? {}, address))
    }
    if (!timeIsUp && options.timeIsUpWhen?.test(screen) === true) {
      timeIsUp = true
      visits.push(Promise.allSettled(visits).then(() => anHourPasses?.()))
    }
    const userCode = /^ +([A-Z]{4}-[A-Z]{4})$/m.exec(stripVTControlCharacters(screen))?.[1]
    if (unanswered && userCode !== undefined) {
      unanswered = false
      const { device = {} } = options
      visits.push(typeof device === 'function' ? device(userCode) : answerDevice(issuer, userCode, device))
    }
    typeAtStdin(screen)
    if (options.interruptWhen?.test(screen) === true) setImmediate(() => interruption.interrupt())
  }
  // Lets a run without output be interrupted, too.
  if (options.stdin === 'never-ending') setImmediate(() => react(''))
  const stdout = sink(isTerminal, react)
  const stderr = sink(isTerminal, react)
  const terminalInput = Object.assign(new PassThrough(), { isTTY: true })
  const typeAtTerminal = typist(options.typingAtTerminal, terminalInput)
  const terminal = sink(true, (screen) => {
    typeAtTerminal(screen)
    if (options.interruptWhen?.test(screen) === true) setImmediate(() => interruption.interrupt())
  })
  const exitCode = await run({
    argv,
    env,
    stdin: () => stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    openTerminal: () =>
      options.typingAtTerminal === undefined ? undefined : { input: terminalInput, output: terminal.stream },
    platform: 'linux',
    signal: interruption.signal,
    stopping: interruption.stopping,
    defer: interruption.defer,
    blocking: (work) => work(),
    // The streams of a run are no files that a program could write to.
    runProgram: async ([program = '', ...args], programEnv) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, args, { stdio: 'ignore', env: { ...programEnv } })
        child.once('error', reject).once('exit', (code, signal) => resolve({ exitCode: code, signal }))
      }),
    now: options.now ?? Date.now,
    memory,
  })
  await Promise.all(visits)
  return {
    exitCode,
    stdout: stdout.text(),
    stderr: stderr.text(),
    terminal: terminal.text(),
    get json() {
      return JSON.parse(stdout.text()) as JsonObject
    },
    get error() {
      return (JSON.parse(stderr.text().split('\n').at(-2) ?? '') as { error: JsonObject }).error
    },
  }
}

/** Returns a user who types the next keys as soon as the screen shows their prompt. */
function typist(keys: RunOptions['typing'], terminal: PassThrough): (screen: string) => void {
  const typing = [...(keys ?? [])]
  return (screen) => {
    const [next] = typing
    // A prompt wraps to the terminal.
    if (next === undefined || !next[0].test(screen.replace(/\s+/g, ' '))) return
    typing.shift()
    // After the prompt has drawn itself and listens.
    setImmediate(() => {
      if (next[1].endsWith('\u0004')) terminal.end(next[1].slice(0, -1))
      else terminal.write(next[1])
    })
  }
}

async function visit(browser: Browser, address: string): Promise<unknown> {
  return typeof browser === 'function' ? browser(address) : answerConsent(address, browser)
}

function sink(isTerminal: boolean, react: (screen: string) => void): { stream: Writable; text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      react(text)
      done()
    },
  })
  // These streams cannot be ended, like those of the process; inquirer tries.
  const lasting = Object.assign(stream, { end: () => stream })
  return { stream: isTerminal ? Object.assign(lasting, { isTTY: true, columns: 100 }) : lasting, text: () => text }
}

/** Returns the private keys in a memory store. */
function keysIn(memory: ReadonlyMap<string, string>): readonly string[] {
  return [...memory.values()].flatMap((value) => /"dpop_key":"([^"]+)"/.exec(value)?.[1] ?? [])
}

function filesBelow(folder: string): { path: string; content: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, content: readFileSync(path, 'latin1') }))
}
