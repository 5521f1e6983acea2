import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { parseDpopKey } from '../../src/oauth/dpop-key.ts'
import { credentials, postForm } from '../emulator/raw-http.ts'
import { type Machine, test } from '../keychain/machine.ts'
import { startGsa } from '../support/built-gsa.ts'
import { proof } from '../support/dpop-proof.ts'
import { scaled, seededRandom } from './scale.ts'

const kills = scaled(4, 3334)

/** The command to kill, and what happens before it. */
const victims: Readonly<Record<string, (google: Emulator) => Promise<{ argv: string[]; stdin?: string }>>> = {
  exchange: async (google) => ({
    argv: ['exchange', '-', '--dpop', '--yes'],
    stdin: await google.createCode({ forceRefreshToken: true }),
  }),
  refresh: () => Promise.resolve({ argv: ['refresh'] }),
  'a refresh that rotates': (google) => {
    google.arm({ fault: 'rotate-refresh-token', on: 'token' })
    return Promise.resolve({ argv: ['refresh'] })
  },
}

interface Stored {
  readonly v: number
  readonly refresh_token?: string
  readonly dpop_key?: string
}

/**
 * Returns the stored credential of an item, as another program sees it. By its name: a search for all of gsa's items
 * fails if one of them is deleted meanwhile, and the keychain still deletes a probe for a program that was killed.
 */
async function stored(machine: Machine, item: string): Promise<Stored> {
  return JSON.parse((await machine.secret(item)) ?? '{}') as Stored
}

/** Refreshes with the stored token and a proof by the stored key, without gsa. */
async function refreshes(google: Emulator, { refresh_token: token = '', dpop_key: d = '' }: Stored): Promise<string> {
  const key = parseDpopKey(d)
  if (key === undefined) return 'no key'
  const jwk = { ...key.publicJwk }
  const privateKey = createPrivateKey({ key: { ...jwk, d } as JsonWebKey, format: 'jwk' })
  const htu = `${google.issuer}/token`
  const { status, json } = await postForm(
    htu,
    { ...credentials(google), grant_type: 'refresh_token', refresh_token: token },
    { dpop: proof({ key: { privateKey, jwk, thumbprint: '' }, htu }) },
  )
  return status === 200 ? 'works' : json.error
}

describe('kill -9 with a refresh token that is bound to a key', () => {
  for (const [name, victim] of Object.entries(victims)) {
    test(
      `of ${name} leaves the token and its key together, or a request to log in, ${kills} times`,
      { timeout: kills * 20_000 },
      async ({ machine, google }) => {
        await machine.logIn('unlocked')
        const logIn = async (): Promise<void> => {
          const stdin = await google.createCode({ forceRefreshToken: true })
          const { exitCode, stderr } = await machine.gsa(['exchange', '-', '--dpop', '--yes'], { stdin })
          expect(exitCode, stderr).toBe(0)
        }
        await logIn()
        const [{ account: credential } = { account: '' }] = await machine.items()
        const started = performance.now()
        expect((await machine.gsa(['refresh'])).exitCode).toBe(0)
        const wholeMs = performance.now() - started
        const random = seededRandom()
        for (let kill = 0; kill < kills; kill++) {
          const { argv, stdin } = await victim(google)
          const running = startGsa(argv, { env: machine.env, ...(stdin === undefined ? {} : { stdin }) })
          const timer = setTimeout(() => running.signal('SIGKILL'), random() * wholeMs * 1.2)
          await running.ended
          clearTimeout(timer)
          // A fault that the killed program did not reach must not strike the next request.
          await fetch(`${google.controlUrl}/faults`, { method: 'DELETE' })

          const item = await stored(machine, credential)
          expect([item.v, item.refresh_token !== undefined, item.dpop_key !== undefined], `kill ${kill}`).toEqual([
            2,
            true,
            true,
          ])
          const outcome = await refreshes(google, item)
          if (outcome === 'works') continue
          // The server had replaced the token, and the program died before it could store the new one.
          expect([name, outcome], `kill ${kill}`).toEqual(['a refresh that rotates', 'invalid_grant'])
          const asked = await machine.gsa(['token', '--min-ttl', '2h'])
          expect([asked.exitCode, asked.stderr.includes('gsa login')], asked.stderr).toEqual([4, true])
          await logIn()
        }
      },
    )
  }
})
