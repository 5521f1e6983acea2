import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/support/closing-line.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They guard against hanging. Age files take ten times as long on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new ClosingLine()],
    // Two workers fit the smallest machine we support; every test has an emulator and a folder of its own.
    maxWorkers: 2,
  },
})
