import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Each test owns its emulator and its folder, so files may share a process; two workers fit the smallest machine we support.
    maxWorkers: 2,
  },
})
