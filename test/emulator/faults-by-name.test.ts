import { describe, expect, test } from 'vitest'
import { authorizationCases } from './fault-cases/authorization.ts'
import { driveCases } from './fault-cases/drive.ts'
import type { FaultCase } from './fault-cases/fault-case.ts'
import { idTokenCases } from './fault-cases/id-token.ts'
import { networkCases } from './fault-cases/network.ts'
import { providerCases } from './fault-cases/provider.ts'
import { tokenCases } from './fault-cases/token.ts'
import { send, signIn } from './raw-http.ts'
import { startGoogle } from './with-google.ts'

const cases: readonly FaultCase[] = [
  ...networkCases,
  ...authorizationCases,
  ...tokenCases,
  ...idTokenCases,
  ...providerCases,
  ...driveCases,
]

describe('a client that meets the fault', () => {
  test.each(cases)('$fault on $on sees it exactly once', async ({ ask, sees, ...armed }) => {
    const google = await startGoogle({ autoConsent: true })
    const tokens = await signIn(google)
    google.arm(armed)
    expect(await ask(google, tokens)).toMatchObject(sees)
    expect((await send(`${google.controlUrl}/faults`)).json.armed).toEqual([])
    expect(await ask(google, tokens)).not.toMatchObject(sees)
  })
})

test('a slow response takes five seconds, unless another time is set', async () => {
  const google = await startGoogle()
  google.arm({ on: 'certs', fault: 'slow' })
  const started = performance.now()
  expect((await send(`${google.issuer}/oauth2/v3/certs`)).status).toBe(200)
  expect(performance.now() - started).toBeGreaterThan(4500)
})

test('the same id twice leaves a single key alone', async () => {
  const google = await startGoogle()
  google.arm({ on: 'certs', fault: 'single-key' })
  google.arm({ on: 'certs', fault: 'same-kid-twice' })
  const { status, json } = await send(`${google.issuer}/oauth2/v3/certs`)
  expect([status, json.keys.length]).toEqual([200, 1])
})

test('every listed fault is tested here, on a part where it works', async () => {
  const google = await startGoogle()
  const { json } = await send(`${google.controlUrl}/faults`)
  const listed: { fault: string; on: string[]; does: string }[] = json.faults
  const missing = listed.filter(({ fault, on }) => !cases.some((one) => one.fault === fault && on.includes(one.on)))
  expect(missing).toEqual([])
  for (const { does } of listed) expect(does).toMatch(/^(?:\S+ )*\S+$/)
})
