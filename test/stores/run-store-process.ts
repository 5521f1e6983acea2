import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { rolldown } from 'rolldown'
import { root } from '../support/built-gsa.ts'
import type { StoreJob, StoreOutcome } from './store-process.ts'

/** A runner of jobs, each in its own process. */
export interface StoreProcesses {
  /**
   * @param limits arguments of `ulimit` in a shell
   */
  run(job: StoreJob, env: Readonly<Record<string, string | undefined>>, limits?: string): Promise<StoreOutcome>
  end(): void
}

/** Bundles store-process.ts as the program is bundled: Node 20 runs no TypeScript. */
export async function buildStoreProcess(): Promise<StoreProcesses> {
  // In node_modules, so that the keychain module is found from there.
  const folder = mkdtempSync(join(root, 'node_modules/.gsa-stores-'))
  const bundle = await rolldown({
    input: { store: join(import.meta.dirname, 'store-process.ts') },
    platform: 'node',
    external: ['pg'],
  })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  return {
    async run(job, env, limits = '-c 0') {
      const script = `ulimit ${limits}; exec "$@"`
      const child = spawn('bash', ['-c', script, 'bash', process.execPath, join(folder, 'store.mjs')], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      child.stdin.end(JSON.stringify(job))
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      if (stdout === '') throw new Error(`the process printed nothing: ${stderr}`)
      return JSON.parse(stdout) as StoreOutcome
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}
