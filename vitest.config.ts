import { configDefaults, defineConfig } from 'vitest/config'
import { ClosingLine } from './test/support/closing-line.ts'

// Folders whose tests leave nothing behind in the process. Their files load the modules once, which saves half of the
// processor time.
const sharing = [
  'accounts',
  'api',
  'commands',
  'conformance',
  'core',
  'credentials',
  'diagnosis',
  'doctor',
  'drive',
  'emulator',
  'failures',
  'oauth',
].map((folder) => `test/${folder}/**/*.test.ts`)

// These take long: races and random input, browsers, shells, stores of other programs, other people’s clients, packed
// installations, other platforms, releases, the requests of every command.
// `npm test` leaves these to CI and to `npm run proofs`.
const proofs = [
  'action.test.ts',
  'arm64/**',
  'backend/instances.test.ts',
  'browser/**',
  'ci-recipes.test.ts',
  'completion/shells.test.ts',
  'conformance/oauth2-mock-server.test.ts',
  'database/**',
  'faults/**',
  'fleet/**',
  'fuzz/**',
  'impersonation/namespace.test.ts',
  'impersonation/programs.test.ts',
  'library/fleet.test.ts',
  'library/library.test.ts',
  'official-clients/*.test.ts',
  'package/**',
  'release.test.ts',
  'requests/**',
  'sidecar/**',
  'snippets/backends.test.ts',
  'stores/store-contract.test.ts',
  'third-party-clients/*.test.ts',
  'wine/**',
  'without-google.test.ts',
  'workflows.test.ts',
].map((path) => `test/${path.replace('/**', '/**/*.test.ts')}`)

// They need rights that some CI machines do not give; .ci/run finds out.
const containers = ['impersonation/namespace', 'sidecar/image', 'sidecar/two-networks'].map(
  (path) => `test/${path}.test.ts`,
)
const isOnWindows = process.env['GSA_TEST_PLATFORM'] === 'windows'
const impossible = process.env['CI'] !== undefined && process.env['GSA_CONTAINERS'] === undefined ? containers : []

export default defineConfig({
  test: {
    // They guard against hanging. Age files take ten times as long on a busy machine.
    testTimeout: isOnWindows ? 600_000 : 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new ClosingLine()],
    // Two workers fit the smallest machine we support; every test has an emulator and a folder of its own.
    maxWorkers: 2,
    // `npm run windows` runs the same tests, with the packed gsa under Wine instead of gsa in the process.
    setupFiles: isOnWindows ? ['test/wine/suite-machine.ts'] : [],
    projects: [
      {
        extends: true,
        test: { name: 'sharing', include: sharing, exclude: [...configDefaults.exclude, ...proofs], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...sharing, ...proofs],
        },
      },
      { extends: true, test: { name: 'proofs', include: proofs, exclude: [...configDefaults.exclude, ...impossible] } },
    ],
  },
})
