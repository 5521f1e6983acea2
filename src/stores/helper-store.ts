import type { Environment } from '../core/environment.ts'
import { type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { sha256 } from '../core/sha256.ts'
import { Failure, fileProblem, isFailure } from '../failures/index.ts'
import { programOnPath } from '../core/program-on-path.ts'
import { probeValue, type SecretStore, sharedProbe } from './secret-store.ts'

interface HelperOptions {
  /** NAME of `docker-credential-NAME`, which is looked up on the PATH of `env`. */
  readonly helper: string
  /** The program's environment, without our own secrets. */
  readonly env: Environment
  /** Ends a program that reads. A program that writes may finish: the data may exist nowhere else. */
  readonly signal: AbortSignal
  /** Default 60,000 ms. */
  readonly timeoutMs?: number
}

type Action = 'store' | 'get' | 'erase' | 'list'

/** The result of a run of the program. */
interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

// Long enough for typing a key's passphrase.
const defaultTimeoutMs = 60_000
const longestAnswerBytes = 4 * 1024 * 1024
const notFound = 'credentials not found in native keychain'

/**
 * Stores secrets in the keychain behind a Docker credential helper
 * (https://github.com/docker/docker-credential-helpers). Each item is the password of its own server below
 * `https://gsa-cli.invalid/`; secrets only pass through standard input and output.
 *
 * Operations throw Failure `helper_missing`, `helper_failed`, `interrupted`.
 */
export function helperStore(options: HelperOptions): SecretStore {
  const name = `helper:${options.helper}`
  const program = credentialHelper(options)

  async function proveWritable(length: number): Promise<void> {
    const item = `probe ${process.pid}`
    const value = probeValue(length)
    await program.store(item, value)
    if ((await program.get(item))?.equals(value) !== true) throw new Failure('store_read_back_differs', { store: name })
    await program.erase(item)
  }

  const probe = sharedProbe(proveWritable)

  async function get(item: string): Promise<Secret | undefined> {
    const found = await program.get(item)
    // secretservice reports the same for a missing item and a locked one; only a write shows the difference.
    if (found === undefined) await probe()
    return found
  }

  /** Returns whether an item exists. An unreadable item exists too. */
  async function isThere(item: string): Promise<boolean> {
    try {
      return (await get(item)) !== undefined
    } catch (error) {
      if (isFailure(error, 'helper_failed')) return true
      throw error
    }
  }

  return {
    name,
    probe,
    get,
    set: program.store,
    async delete(item) {
      if (!(await isThere(item))) return false
      await program.erase(item)
      // secretservice also claims to have erased locked items.
      if ((await get(item)) === undefined) return true
      throw new Failure('helper_failed', { helper: options.helper, problem: 'it did not erase what it said it erased' })
    },
    async items() {
      const found = await program.list()
      if (found.length === 0) await probe()
      return found
    },
  }
}

/** Maps items to calls of a helper program. */
interface CredentialHelper {
  readonly store: (item: string, value: Secret) => Promise<void>
  /** Returns undefined if the helper reports nothing, which may not be true. */
  readonly get: (item: string) => Promise<Secret | undefined>
  readonly erase: (item: string) => Promise<void>
  readonly list: () => Promise<readonly string[]>
}

function credentialHelper(options: HelperOptions): CredentialHelper {
  const failed = (problem: string): Failure => new Failure('helper_failed', { helper: options.helper, problem })

  async function succeed(action: Action, input: string, secret?: Secret): Promise<Answer> {
    const answer = await runHelper(action, input, options)
    if (answer.exitCode !== 0) throw failed(problemOf(answer, secret))
    return answer
  }

  function parse({ stdout }: Answer): JsonObject {
    const object = parseJsonObject(Buffer.from(stdout))
    if (object === undefined) throw failed('its output is not a JSON object')
    return object
  }

  return {
    async store(item, value) {
      const credentials = { ServerURL: serverOf(item), Username: usernameOf(item), Secret: value.reveal() }
      await succeed('store', JSON.stringify(credentials), value)
    },
    async get(item) {
      const answer = await runHelper('get', serverOf(item), options)
      if (isAbsence(answer)) return undefined
      if (answer.exitCode !== 0) throw failed(problemOf(answer))
      const found = stringMember(parse(answer), 'Secret')
      if (found === undefined) throw failed('it gave no "Secret"')
      // pass returns an empty secret if there is none.
      return found === '' ? undefined : new Secret(found)
    },
    async erase(item) {
      await succeed('erase', serverOf(item))
    },
    async list() {
      const servers = parse(await succeed('list', ''))
      return Object.entries(servers).flatMap(([server, username]) => itemOf(server, username) ?? [])
    },
  }
}

/** Returns a URL that no helper splits, and that fits into a file name of pass, unlike an item name. */
function serverOf(item: string): string {
  return `https://gsa-cli.invalid/${sha256(item)}`
}

/** Returns the item's name, for `list`. In pass it is a file name. */
function usernameOf(item: string): string {
  return encodeURIComponent(item)
}

/** Returns the item of a server and its user name; undefined if it is not ours. */
function itemOf(server: string, username: unknown): string | undefined {
  try {
    const item = decodeURIComponent(String(username))
    return serverOf(item) === server ? item : undefined
  } catch {
    return undefined
  }
}

function isAbsence({ exitCode, stdout, stderr }: Answer): boolean {
  if (exitCode === 0) return false
  // pass leaves an empty folder if it was killed before it wrote its first item.
  return `${stdout}${stderr}`.includes(notFound) || stdout.startsWith('no usernames for ')
}

function problemOf({ exitCode, stdout, stderr }: Answer, secret = new Secret('')): string {
  if (/^(?:panic|fatal error): /m.test(stderr)) return 'it crashed, as secretservice does when its keychain is locked'
  const lines = [stdout, stderr].map((text) => text.trim().split('\n', 1)[0]?.replace(/\.$/, '') ?? '')
  const isSafe = (line: string): boolean =>
    !line.includes('{') && (secret.reveal() === '' || !line.includes(secret.reveal()))
  // Errors are texts on standard output, where successful output holds secrets.
  return lines.find((line) => line !== '' && isSafe(line))?.slice(0, 200) ?? `it ended with status ${exitCode}`
}

/** @throws Failure `helper_missing`, `helper_failed`, `interrupted` */
async function runHelper(
  action: Action,
  input: string,
  { helper, env, signal, timeoutMs = defaultTimeoutMs }: HelperOptions,
): Promise<Answer> {
  const program = programOnPath(`docker-credential-${helper}`, env, process.platform)
  if (program === undefined) throw new Failure('helper_missing', { helper })
  const { execFile } = await import('node:child_process')
  const isWriting = action === 'store' || action === 'erase'
  const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: longestAnswerBytes } as const
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [action],
      {
        ...limits,
        env: { ...env, GSA_REFRESH_TOKEN: undefined },
        windowsHide: true,
        ...(isWriting ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ exitCode: 0, stdout, stderr })
        else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
        else reject(runFailure(error, helper, signal, timeoutMs))
      },
    )
    // A program that does not read its input may close it.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

function runFailure(
  error: Error & { readonly code?: unknown; readonly killed?: boolean; readonly signal?: string },
  helper: string,
  signal: AbortSignal,
  timeoutMs: number,
): Failure {
  const cause = { cause: error }
  if (error.code === 'ENOENT') return new Failure('helper_missing', { helper }, cause)
  if (error.code === 'ABORT_ERR' && signal.aborted) return new Failure('interrupted', {}, cause)
  const problem =
    error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
      ? 'its output is far too long'
      : error.killed === true
        ? `it did not finish within ${timeoutMs / 1000} seconds, and was stopped`
        : error.code == null
          ? `it was stopped by ${error.signal}`
          : fileProblem(error)
  return new Failure('helper_failed', { helper, problem }, cause)
}
