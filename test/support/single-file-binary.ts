import { join } from 'node:path'
import { expect } from 'vitest'
import { root, runProgram } from './built-gsa.ts'

/** Builds this machine's single-file binary in a folder, and returns its path. */
export async function buildBinary(folder: string): Promise<string> {
  await buildPrograms(folder, 'linux-x64')
  return join(folder, 'gsa')
}

/** Builds the single-file binaries of these platforms in a folder, without archives. */
export async function buildPrograms(folder: string, ...platforms: readonly string[]): Promise<void> {
  const script = join(root, 'scripts/build-binaries.js')
  const argv = [script, '--programs', folder, ...platforms]
  const { exitCode, stderr } = await runProgram(process.execPath, argv, { deadlineMs: 300_000 })
  expect(exitCode, stderr).toBe(0)
}
