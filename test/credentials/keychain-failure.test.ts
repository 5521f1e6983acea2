import { describe, expect, test } from 'vitest'
import { keychainFailure } from '../../src/credentials/keychain-store.ts'

// The texts of the binding, as measured.
describe('an error of the keychain', () => {
  test.each([
    ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'keychain_locked'],
    ['zbus error: org.freedesktop.Secret.Error.IsLocked: Cannot get secret of a locked object', 'keychain_locked'],
    ['User interaction is not allowed. (-25308)', 'keychain_locked'],
    [
      'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files',
      'keychain_missing',
    ],
    [
      'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead',
      'keychain_missing',
    ],
    ["Couldn't access platform storage: Secret Service: no result found", 'keychain_missing'],
    ['Object does not exist at path "/org/freedesktop/secrets/collection/login"', 'keychain_missing'],
    [
      "Couldn't access platform storage: DBus error: Did not receive a reply. Possible causes include: …",
      'keychain_silent',
    ],
    ['Platform failure: something new', 'keychain_missing'],
  ])('%s is %s', (message, code) => {
    const failure = keychainFailure(message)
    expect(failure.code).toBe(code)
    expect(failure.exitCode).toBe(7)
    expect(failure.fix).toContain(
      { keychain_locked: 'Unlock it', keychain_silent: 'Restart', keychain_missing: '--store file:PATH' }[code],
    )
  })
})
