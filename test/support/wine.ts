import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { Ended, type ProgramOptions, type Running } from './built-gsa.ts'
import { nodeForWindows, winePrefix } from './system-parts.ts'

/** A Windows machine: Wine with its own C: drive, registry and Credential Manager. */
export interface WindowsMachine {
  /** The folder that is C:\. */
  readonly drive: string
  /** Starts a program of Node for Windows: the script and its arguments. */
  start(argv: readonly string[], options?: ProgramOptions): Running
  /** Starts it on a console. */
  onConsole(argv: readonly string[], env: Readonly<Record<string, string>>): ConsoleProgram
  /** Writes a file to C:\ and returns its path there. */
  file(path: string, content: string | Buffer): string
  /** Ends every program there, and deletes the machine. */
  end(): void
}

/** A program on a console, whose user reads and types. */
export interface ConsoleProgram {
  /** Waits until the console shows a text. Rejects if the program exits first. */
  shows(pattern: RegExp): Promise<RegExpExecArray>
  type(keys: string): void
  /** The exit code. */
  readonly ended: Promise<number | null>
  screen(): string
}

/** Returns the path by which Windows programs find a file of this machine. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

/** Starts a Windows machine. The caller must end it: its services outlive the programs. */
export function startWindows(): WindowsMachine {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-windows-'))
  const prefix = join(folder, 'prefix')
  copyPrefix(prefix)
  const wineserver = (flag: string): void => {
    const env = { PATH: process.env['PATH'], WINEPREFIX: prefix, HOME: folder }
    spawnSync('wineserver', [flag], { env, stdio: 'ignore', timeout: 60_000 })
  }
  // Otherwise it ends three seconds after the last program, and one that starts at that moment fails.
  wineserver('--persistent=900')
  const drive = join(prefix, 'drive_c')
  const preload = join(folder, 'environment.cjs')
  writeFileSync(preload, 'Object.assign(process.env, JSON.parse(process.env.WINDOWS_ENVIRONMENT))\n')
  const environment = (env: Readonly<Record<string, string>> = {}): Record<string, string | undefined> => ({
    PATH: process.env['PATH'],
    HOME: folder,
    // So that names and arguments are UTF-8.
    LC_ALL: 'C.UTF-8',
    TERM: 'xterm',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=',
    ...env,
    // Wine takes the place of variables such as APPDATA and PATH, so Node sets them again.
    ...(Object.keys(env).some((name) => isOfWine(name))
      ? { PATH: process.env['PATH'], WINDOWS_ENVIRONMENT: JSON.stringify(env) }
      : {}),
  })
  const command = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): string[] => [
    windowsPath(nodeForWindows),
    ...(Object.keys(env).some((name) => isOfWine(name)) ? ['--require', windowsPath(preload)] : []),
    ...argv,
  ]
  return {
    drive,
    start: (argv, options = {}) =>
      startInWine(command(argv, options.env), folder, { ...options, environment: environment(options.env) }),
    onConsole: (argv, env) => startOnConsole(command(argv, env), environment(env)),
    file(path, content) {
      mkdirSync(join(drive, path, '..'), { recursive: true })
      writeFileSync(join(drive, path), content)
      return `C:\\${path.replaceAll('/', '\\')}`
    },
    end() {
      wineserver('--kill')
      wineserver('--wait')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isOfWine(name: string): boolean {
  return ['APPDATA', 'PATH', 'TEMP', 'USERPROFILE'].includes(name)
}

/** Copies the registry and the users' folders. The system, which is large, is not written to. */
function copyPrefix(prefix: string): void {
  const drive = join(prefix, 'drive_c')
  mkdirSync(join(prefix, 'dosdevices'), { recursive: true })
  symlinkSync('../drive_c', join(prefix, 'dosdevices/c:'))
  symlinkSync('/', join(prefix, 'dosdevices/z:'))
  for (const name of readdirSync(winePrefix, { withFileTypes: true }).filter((entry) => entry.isFile()))
    cpSync(join(winePrefix, name.name), join(prefix, name.name))
  mkdirSync(drive)
  for (const name of readdirSync(join(winePrefix, 'drive_c'))) {
    const original = join(winePrefix, 'drive_c', name)
    if (name === 'users') cpSync(original, join(drive, name), { recursive: true })
    else symlinkSync(original, join(drive, name))
  }
}

type WineOptions = ProgramOptions & { readonly environment: Readonly<Record<string, string | undefined>> }

// Node for Windows can read and write files of this machine, but not its pipes.
let count = 0

function startInWine(command: readonly string[], folder: string, options: WineOptions): Running {
  const name = join(folder, `run-${++count}`)
  const paths = { stdin: `${name}.stdin`, stdout: `${name}.stdout`, stderr: `${name}.stderr` }
  writeFileSync(paths.stdin, options.stdin ?? '')
  const descriptors = [openSync(paths.stdin, 'r'), openSync(paths.stdout, 'w'), openSync(paths.stderr, 'w')] as const
  const child = spawn('wine', command, {
    cwd: options.folder ?? folder,
    env: options.environment,
    stdio: [...descriptors],
  })
  descriptors.forEach(closeSync)
  onTestFinished(() => void child.kill('SIGKILL'))
  let isOver = false
  const stderr = (): string => readFileSync(paths.stderr, 'utf8')
  const deadlineMs = options.deadlineMs ?? 120_000
  const ended = new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`still running after ${deadlineMs} ms: ${command.join(' ')}\n${stderr()}`))
    }, deadlineMs)
    child.once('error', reject)
    child.once('close', (exitCode: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(timer)
      isOver = true
      try {
        resolve(new Ended(exitCode, signal, readFileSync(paths.stdout, 'utf8'), stderr()))
      } catch (error) {
        // The test failed and ended its machine meanwhile.
        reject(error)
      }
    })
  })
  ended.catch(() => undefined)
  return {
    ended,
    pid: child.pid,
    signal: (signal) => child.kill(signal),
    says: async (pattern) => seen(pattern, stderr, () => isOver),
    prints: async (pattern) =>
      seen(
        pattern,
        () => readFileSync(paths.stdout, 'utf8'),
        () => isOver,
      ),
  }
}

/** Waits until a text that grows matches. */
async function seen(pattern: RegExp, text: () => string, isOver: () => boolean): Promise<RegExpExecArray> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const wasOver = isOver() || Date.now() > deadline
    const match = pattern.exec(text())
    if (match !== null) return match
    if (wasOver) throw new Error(`never said ${pattern}:\n${text()}`)
    await sleep(20)
  }
}

function startOnConsole(command: readonly string[], env: Readonly<Record<string, string | undefined>>): ConsoleProgram {
  const quoted = ['wine', ...command].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', quoted, '/dev/null'], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => undefined)
  let isOver = false
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode: number | null) => {
      isOver = true
      resolve(exitCode)
    })
  })
  return {
    ended,
    screen: () => screen,
    type: (keys) => void child.stdin.write(keys),
    // The console moves the cursor where a program writes spaces.
    shows: async (pattern) =>
      seen(
        pattern,
        () => plainText(screen),
        () => isOver,
      ),
  }
}

function plainText(screen: string): string {
  // oxlint-disable-next-line no-control-regex -- terminal sequences begin with a control character
  return screen.replaceAll(/\u001b\[\d*C/g, ' ').replaceAll(/\u001b(?:\[[\d;?]*[A-Za-z]|\][^\u0007]*\u0007)/g, '')
}
