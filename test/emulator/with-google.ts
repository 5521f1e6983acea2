import { test as base, onTestFinished } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'

/** Gives each test its own emulator. */
export const test = base.extend<{ google: Emulator; autoGoogle: Emulator }>({
  google: async ({ task: _task }, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  autoGoogle: async ({ task: _task }, use) => {
    const google = await startEmulator({ autoConsent: true })
    await use(google)
    await google.close()
  },
})

/** Starts another emulator, which closes with the test. */
export async function startGoogle(options?: EmulatorOptions): Promise<Emulator> {
  const google = await startEmulator(options)
  onTestFinished(() => google.close())
  return google
}
