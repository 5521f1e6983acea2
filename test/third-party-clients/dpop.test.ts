import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure, credentials, exchange, postForm } from '../emulator/raw-http.ts'
import { needs } from '../support/system-parts.ts'
import { programs, run, test } from './client.ts'

beforeEach(({ skip }) => needs({ skip }, 'third-party clients for Node'))

async function demandNonces(google: Emulator): Promise<void> {
  for (const { clientId } of google.clients) await configure(google, 'PATCH clients', { clientId, dpopNonce: true })
}

/** Returns the lines of a program without its key, and checks that the emulator saw that key. */
function withoutKey(google: Emulator, stdout: string): readonly string[] {
  const lines = stdout.trimEnd().split('\n')
  const thumbprint = lines.pop()?.replace('thumbprint: ', '')
  const proofs = google.requests().flatMap(({ dpop }) => (dpop === undefined ? [] : [dpop]))
  expect(proofs.filter((text) => !text.startsWith('refused: '))).toEqual([
    `bound to key ${thumbprint}`,
    `valid proof of key ${thumbprint}`,
    `valid proof of key ${thumbprint}`,
  ])
  return lines
}

describe('oauth4webapi', () => {
  const prints = {
    'without nonces': [
      'signed in: ada@example.com bearer',
      'refreshed: true',
      'refreshed: true',
      'without a proof: invalid_dpop_proof',
    ],
    'with nonces': [
      'nonce demanded',
      'signed in: ada@example.com bearer',
      'nonce demanded',
      'refreshed: true',
      'refreshed: true',
      'without a proof: invalid_dpop_proof',
    ],
  }

  test.for(['without nonces', 'with nonces'] as const)(
    'signs in and refreshes with DPoP proofs %s',
    async (how, { google, folder }) => {
      if (how === 'with nonces') await demandNonces(google)
      const ended = await run(join(programs, 'dpop-oauth4webapi.mjs'), google, { folder })
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
      expect(withoutKey(google, ended.stdout)).toEqual(prints[how])
    },
  )
})

describe('dpop', () => {
  const wrongJti = 'by code: The claim jti of the DPoP proof must be base64url(SHA-256(code)), without padding'
  const prints = {
    'without nonces': ['signed in: Bearer', 'refreshed: true', 'refreshed: true', wrongJti],
    'with nonces': [
      'nonce demanded',
      'signed in: Bearer',
      'nonce demanded',
      'refreshed: true',
      'nonce demanded',
      'refreshed: true',
      wrongJti,
    ],
  }

  test.for(['without nonces', 'with nonces'] as const)(
    'gets tokens for a device code and refreshes %s; its jti does not fit an authorization code',
    async (how, { google, folder }) => {
      if (how === 'with nonces') await demandNonces(google)
      const { client_id } = credentials(google, 'tv')
      const { device_code } = (await postForm(`${google.issuer}/device/code`, { client_id, scope: 'openid' })).json
      const code = await google.createCode()
      const ended = await run(join(programs, 'dpop-package.mjs'), google, { folder, argv: [device_code, code] })
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
      expect(withoutKey(google, ended.stdout)).toEqual(prints[how])
      expect((await exchange(google, code)).status).toBe(200)
    },
  )
})
