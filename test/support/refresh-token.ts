import { join } from 'node:path'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa } from './harness.ts'

/** Returns a refresh token for Ada's account, as a CI system would store it in its secrets; it is not stored here. */
export async function refreshTokenOf(gsa: Gsa, google: Emulator, scopes?: string[]): Promise<string> {
  const { json } = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
    stdin: await google.createCode(scopes === undefined ? {} : { scopes }),
    printsSecrets: true,
    // From another machine: it leaves nothing here, not even the mark that the code was sent.
    env: { GSA_CONFIG_DIR: join(gsa.folder, 'elsewhere') },
  })
  return (json['refreshToken'] as { value: string }).value
}
