import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { open, press, section } from './home.ts'
import { postForm, send } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

/** Returns the faults that the page offers, each as part and name. */
async function offered(google: Emulator, query: string): Promise<string[]> {
  const { body } = await open(google, `/?${query}`)
  return [...body.matchAll(/type="radio" name="fault" value="([^"]+)"/g)].map(([, value = '']) => value)
}

describe('the faults on the page at /', () => {
  test('are armed with a button, and all are disarmed with another', async ({ google }) => {
    expect((await press(google, 'faults', { fault: 'token http-503', times: '2' })).status).toBe(303)
    expect(await section(google, 'faults')).toMatch(/http-503 on token returns 503\b.* 2 times/)
    const refused = { client_id: 'x' }
    expect((await postForm(`${google.issuer}/token`, refused)).status).toBe(503)
    expect(await section(google, 'faults')).toContain('1 time')
    expect((await press(google, 'faults/disarm')).status).toBe(303)
    expect((await postForm(`${google.issuer}/token`, refused)).status).toBe(400)
  })

  test('are armed with their settings', async ({ google }) => {
    await press(google, 'faults', { fault: 'token retry-after', times: '1', after: '1', seconds: '7', bytes: '' })
    expect(await section(google, 'faults')).toContain('lets 1 request pass, then returns 503')
    expect((await postForm(`${google.issuer}/token`, {})).status).toBe(400)
    expect((await postForm(`${google.issuer}/token`, {})).headers['retry-after']).toBe('7')
  })

  test('are offered for exactly the parts where they work', async ({ google }) => {
    const { faults }: { faults: { fault: string; on: string[] }[] } = (await send(`${google.controlUrl}/faults`)).json
    const parts = [...new Set(faults.flatMap(({ on }) => on))]
    for (const part of parts) {
      const there = faults.filter(({ on }) => on.includes(part)).map(({ fault }) => `${part} ${fault}`)
      const found = await offered(google, `on=${part}`)
      expect(new Set(found)).toEqual(new Set(there))
      expect(found).toHaveLength(new Set(found).size)
    }
  })

  test.for([
    ['', []],
    ['on=revoke&fault=delayed', ['revoke delayed-revocation']],
    ['fault=upload-cut', ['upload upload-cut']],
    ['fault=DEVICE+quota', ['device device-quota']],
    ['on=userinfo&fault=upload-cut', []],
    ['on=nowhere', []],
    ['on=token&fault=%22%3E%3Cscript%3E', []],
  ] as const)('are found by part, name and effect: %s', async ([query, found], { google }) => {
    expect(await offered(google, query)).toEqual(found)
    const { body } = await open(google, `/?${query}`)
    expect(body).not.toContain('<script')
  })

  test('are found by their effect', async ({ google }) => {
    const found = await offered(google, 'on=token&fault=503')
    expect(found).toContain('token retry-after')
    expect(found.every((value) => value.startsWith('token '))).toBe(true)
  })

  test('stay out of the page until the user searches, so that it stays short', async () => {
    const google = await startGoogle()
    expect((await open(google)).body.length).toBeLessThan(35_000)
    expect(await section(google, 'faults', '/?fault=nothing-like-this')).toContain('No fault matches. Clear the search')
  })
})
