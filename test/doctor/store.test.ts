import { expect, test } from 'vitest'
import { storeDetail } from '../../src/doctor/machine-checks.ts'

const homebrew = '/opt/homebrew/Cellar/node@22/22.23.3/bin/node'

test("says on macOS that the keychain asks again after an upgrade of Homebrew's Node", () => {
  expect(storeDetail('keychain', 'darwin', homebrew)).toBe(
    "keychain; macOS asks again after each upgrade of Homebrew's Node",
  )
})

test.each([
  ['keychain', 'darwin', '/usr/local/bin/node'],
  ['keychain', 'darwin', '/Users/ada/.nvm/versions/node/v22.23.3/bin/node'],
  ['keychain', 'linux', '/home/linuxbrew/.linuxbrew/Cellar/node/22.23.3/bin/node'],
  ['file:/Users/ada/secrets.age', 'darwin', homebrew],
] as const)('says only the name of %s on %s with %s', (store, platform, node) => {
  expect(storeDetail(store, platform, node)).toBe(store)
})
