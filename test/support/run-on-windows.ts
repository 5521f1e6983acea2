import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { TestRunner } from 'vitest'
import { answerConsent, answerDevice } from '../../src/emulator/index.ts'
import { install, packed } from '../package/installation.ts'
import { root, type Running } from './built-gsa.ts'
import type { Answer, Browser, Run, RunOptions } from './harness.ts'
import { startWindows, type WindowsMachine, windowsPath } from './wine.ts'

/** Whether `gsa` runs on Windows in these tests: the same tests with another platform. */
export const isOnWindows = process.env['GSA_TEST_PLATFORM'] === 'windows'

interface Installed {
  readonly machine: WindowsMachine
  readonly program: string
  /** The folder of the installation, on this machine. */
  readonly folder: string
}

let installed: Promise<Installed> | undefined

/** Starts a machine with the packed gsa, for all tests of a file. */
async function startInstalled(): Promise<Installed> {
  const machine = startWindows()
  const folder = mkdtempSync(join(tmpdir(), 'gsa-package-'))
  const flags = ['--prefer-offline', '--os=win32', '--cpu=x64', '--ignore-scripts']
  const { folder: place } = await install(folder, [await packed(root, folder)], flags)
  return { machine, folder, program: windowsPath(join(place, 'node_modules/gsa-cli/bin/gsa.js')) }
}

/** Ends the machine of the tests, if there is one. */
export async function endWindows(): Promise<void> {
  const { machine, folder } = (await installed) ?? {}
  installed = undefined
  machine?.end()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
}

/** Skips the test on Windows, where gsa is another process, unlike in the other runs of these tests. */
export function onlyInProcess(reason: string): void {
  if (isOnWindows) TestRunner.getCurrentTest()?.context.skip(`needs gsa in the process of the test: it ${reason}`)
}

/** Runs `gsa` on Windows with the same options as in this process. */
export async function runOnWindows(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: RunOptions,
  issuer: string,
): Promise<Run> {
  const { stdin } = options
  const { typing, typingAtTerminal, interruptWhen, timeIsUpWhen, whenShown, meanwhile, now } = options
  const inProcess = { typing, typingAtTerminal, interruptWhen, timeIsUpWhen, whenShown, meanwhile, now }
  for (const [name, value] of Object.entries(inProcess)) if (value !== undefined) onlyInProcess(`uses ${name}`)
  if (stdin === 'never-ending') onlyInProcess('has an endless standard input')
  installed ??= startInstalled()
  const { machine, program } = await installed
  const running = machine.start([program, ...argv.map(asWindowsPath)], {
    env: onWindows(env),
    ...(stdin === undefined ? {} : { stdin }),
  })
  const visits = Promise.all([visit(options.browser, running), enter(options.device, running, issuer)])
  // It may fail while gsa still runs.
  visits.catch(() => undefined)
  const ended = await running.ended
  await visits
  return Object.assign(ended, { exitCode: ended.exitCode ?? -1, terminal: '' })
}

/** Returns the environment there: no folders of this machine, and the Credential Manager as a store that lasts. */
function onWindows(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const { HOME: _home, PATH: _path, GSA_STORE: store, ...rest } = env
  const set = { ...rest, GSA_STORE: store === 'memory' ? undefined : store }
  const entries = Object.entries(set).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const paths = Object.fromEntries(entries.map(([name, value]) => [name, asWindowsPath(value)]))
  // A program that ends at once, as the browser of a test that visits the address itself.
  return env['GSA_BROWSER'] === 'true' ? { ...paths, GSA_BROWSER: 'C:\\windows\\system32\\hostname.exe' } : paths
}

function asWindowsPath(value: string): string {
  return /^\/(?:tmp|root|home|work)\//.test(value) ? windowsPath(value) : value
}

async function visit(browser: Browser | undefined, running: Running): Promise<unknown> {
  if (browser === undefined) return undefined
  const address = await running.says(/^http:\/\/\S+[?&]client_id=\S+$/m).catch(() => undefined)
  if (address === undefined) return undefined
  return typeof browser === 'function' ? browser(address[0]) : answerConsent(address[0], browser)
}

async function enter(
  device: Answer | ((userCode: string) => Promise<unknown>) | undefined,
  running: Running,
  issuer: string,
): Promise<unknown> {
  if (device === undefined) return undefined
  const code = await running.says(/^ +([A-Z]{4}-[A-Z]{4})$/m).catch(() => undefined)
  if (code === undefined) return undefined
  const userCode = stripVTControlCharacters(code[1] ?? '')
  return typeof device === 'function' ? device(userCode) : answerDevice(issuer, userCode, device)
}
