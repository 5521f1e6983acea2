import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clientSecretsFile } from '../src/emulator/index.ts'
import { serving } from './http/serving.ts'
import { type Running, startGsa } from './support/built-gsa.ts'

const code = '4/0AVMBsJhXk3_9dPzJ7rT-uQsesame'

function listedArguments(pid: number | undefined): string {
  const file = `/proc/${pid}/cmdline`
  return existsSync(file)
    ? readFileSync(file, 'latin1')
    : execFileSync('ps', ['-o', 'args=', '-p', `${pid}`]).toString()
}

// Windows has no way to overwrite a process's arguments.
test.skipIf(process.platform === 'win32')(
  'a code given as an argument is gone from the process list before gsa sends anything',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-test-'))
    try {
      let running: Running | undefined
      let seen: string | undefined
      await serving(
        (_, response) => {
          seen ??= listedArguments(running?.pid)
          response.writeHead(404).end()
        },
        async ({ host, origin }) => {
          const client = join(folder, 'client_secret.json')
          writeFileSync(client, JSON.stringify(clientSecretsFile('web', origin)))
          running = startGsa(['exchange', code, '--client-secrets', client], {
            env: { HOME: folder, GSA_CONFIG_DIR: folder, GSA_STORE: 'memory', GSA_EMULATOR_HOST: host },
          })
          await running.ended
        },
      )
      expect(seen).toMatch(/^gsa/)
      expect(seen).not.toContain('sesame')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
