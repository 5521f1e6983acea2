import { join } from 'node:path'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa } from './harness.ts'

/** A refresh token of Ada's as a CI system would hold it in its secrets; nothing of it is stored. */
export async function refreshTokenOf(gsa: Gsa, google: Emulator, scopes?: string[]): Promise<string> {
  const { json } = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
    stdin: await google.createCode(scopes === undefined ? {} : { scopes }),
    printsSecrets: true,
    // Of another machine: nothing of it is left here, not even the mark that the code was sent.
    env: { GSA_CONFIG_DIR: join(gsa.folder, 'elsewhere') },
  })
  return (json['refreshToken'] as { value: string }).value
}
