import { statSync } from 'node:fs'
import type { Environment } from '../core/environment.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Failure, fileProblem, isFailure, masked, typedCommand } from '../failures/index.ts'
import { readNamedFile } from '../files/read-file.ts'
import { type StoreKey, storeKey, storeKeyBytes } from './sealing.ts'

/** Where a store's keys come from: a file, or a command that prints the same. */
export interface StoreKeySource {
  readonly file?: string | undefined
  readonly command?: string | undefined
  /** The environment of the command. */
  readonly env: Environment
  /** Ends the wait for a pipe or the command. */
  readonly signal: AbortSignal
}

const longestKeyText = 4096
const commandTimeoutMs = 30_000

/**
 * Returns the keys of a source: one in each line, each 32 bytes in base64. Usually there is one. While a store's key is
 * rotated, its programs need both.
 * @throws Failure `store_key_missing`, `store_key_unusable`, `interrupted`
 */
export async function readStoreKeys(source: StoreKeySource): Promise<readonly [StoreKey, ...(readonly StoreKey[])]> {
  const { file, command } = source
  if (file !== undefined && command !== undefined)
    throw unusable('GSA_STORE_KEY_FILE and GSA_STORE_KEY_COMMAND', 'both are set; unset one')
  if (file !== undefined) return keysIn(`the file "${file}"`, await textOfFile(file, source.signal))
  if (command !== undefined) return keysIn('the output of GSA_STORE_KEY_COMMAND', await outputOf(command, source))
  throw new Failure('store_key_missing', {})
}

function keysIn(source: string, text: string): readonly [StoreKey, ...(readonly StoreKey[])] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const [first, ...others] = lines.map((line, position) => {
    const bytes = Buffer.from(line.trim(), 'base64')
    const where = lines.length === 1 ? 'it' : `its line ${position + 1}`
    // Buffer.from ignores what it cannot decode.
    if (bytes.toString('base64').replace(/=+$/, '') !== line.trim().replace(/=+$/, ''))
      throw unusable(source, `${where} is not base64`)
    if (bytes.length !== storeKeyBytes)
      throw unusable(source, `${where} has ${bytes.length} bytes instead of ${storeKeyBytes}`)
    return storeKey(bytes)
  })
  if (first === undefined) throw unusable(source, 'it is empty')
  return [first, ...others]
}

async function textOfFile(file: string, signal: AbortSignal): Promise<string> {
  const source = `the file "${file}"`
  try {
    const status = statSync(file)
    // Root may read any user's file; in containers, files often belong to the user who started them.
    const own = process.geteuid?.() ?? 0
    const isOther = own !== 0 && status.uid !== own && status.uid !== 0
    if (status.isFile() && isOther) throw unusable(source, 'it belongs to another user')
    if (status.isFile() && process.geteuid !== undefined && (status.mode & 0o077) !== 0)
      throw unusable(
        source,
        `other users can read it (mode 0${(status.mode & 0o777).toString(8)}); run: ${typedCommand(['chmod', '600', file])}`,
      )
    return (await readNamedFile(file, signal, longestKeyText)).toString('utf8')
  } catch (error) {
    if (isFailure(error, 'file_unreadable')) throw unusable(source, error.details.problem)
    throw error instanceof Failure ? error : unusable(source, fileProblem(error), error)
  }
}

async function outputOf(command: string, { env, signal }: StoreKeySource): Promise<string> {
  const { exec } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const child = exec(
      command,
      {
        // The command needs none of gsa's own secrets.
        env: { ...env, GSA_REFRESH_TOKEN: undefined },
        maxBuffer: longestKeyText,
        timeout: commandTimeoutMs,
        windowsHide: true,
        signal,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else if (signal.aborted) reject(new Failure('interrupted', {}))
        else reject(unusable('the output of GSA_STORE_KEY_COMMAND', commandProblem(error, stderr), error))
      },
    )
    child.stdin?.end()
  })
}

// Never standard output: it may contain the key.
function commandProblem(
  error: Error & { readonly code?: number | string; readonly killed?: boolean },
  stderr: string,
): string {
  const said = safeText(masked(stderr.trim().split('\n').at(-1) ?? '')).slice(0, 200)
  const reason =
    error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
      ? 'it is far too long'
      : error.killed === true
        ? `the command did not finish within ${commandTimeoutMs / 1000} seconds`
        : `the command failed with status ${error.code ?? 'unknown'}`
  return said === '' ? reason : `${reason} (${said})`
}

function unusable(source: string, problem: string, cause?: unknown): Failure {
  return new Failure('store_key_unusable', { source, problem }, { cause })
}
