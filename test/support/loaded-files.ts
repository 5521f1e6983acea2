import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ended, ProgramOptions } from './built-gsa.ts'

/** Runs a Node program and returns its output and exit code, and the paths of the files that it loaded. */
export async function withLoadedFiles(
  run: (options: ProgramOptions) => Promise<Ended>,
  options: ProgramOptions = {},
): Promise<{ readonly ended: Ended; readonly files: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-loaded-'))
  try {
    const ended = await run({ ...options, env: { ...options.env, NODE_V8_COVERAGE: folder } })
    const [report = ''] = readdirSync(folder)
    const { result } = JSON.parse(readFileSync(join(folder, report), 'utf8')) as { result: { url: string }[] }
    return { ended, files: result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
