import { describe, expect, test } from 'vitest'
import { keychainFailure } from '../../src/stores/keychain-failure.ts'

const noReply =
  'DBus error: Did not receive a reply. Possible causes include: the remote application did not send a reply, …'
const tooLong = "Value of 'password encoded as UTF-16' is longer than the platform limit of 2560 chars"

// The binding's messages: measured on Linux and under Wine. On Windows it names five errors and gives the others a
// number; on macOS its messages are those of SecCopyErrorMessageString, or "error code N" where there is none.
const rows = [
  ['linux', "Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'keychain_locked'],
  [
    'linux',
    'zbus error: org.freedesktop.Secret.Error.IsLocked: Cannot get secret of a locked object',
    'keychain_locked',
  ],
  ['linux', "Couldn't access platform storage: Secret Service: object locked", 'keychain_locked'],
  [
    'linux',
    'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files',
    'keychain_missing',
  ],
  [
    'linux',
    'Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead',
    'keychain_missing',
  ],
  ['linux', "Couldn't access platform storage: Secret Service: no result found", 'keychain_missing'],
  ['linux', 'Object does not exist at path "/org/freedesktop/secrets/collection/login"', 'keychain_missing'],
  ['linux', `Couldn't access platform storage: ${noReply}`, 'keychain_silent'],
  ['linux', `Platform failure: ${noReply}`, 'keychain_silent'],
  ['linux', 'Platform failure: something new', 'keychain_failed'],
  ['darwin', 'Platform failure: User interaction is not allowed.', 'keychain_locked'],
  ['darwin', 'Platform failure: User interaction is required, but is currently not allowed.', 'keychain_locked'],
  ['darwin', 'Platform failure: error code -25308', 'keychain_locked'],
  ['darwin', 'Platform failure: error code -128', 'keychain_denied'],
  ['darwin', "Couldn't access platform storage: The specified keychain could not be found.", 'keychain_missing'],
  [
    'darwin',
    "Couldn't access platform storage: The specified keychain is not a valid keychain file.",
    'keychain_missing',
  ],
  ['darwin', "Couldn't access platform storage: This keychain cannot be modified.", 'keychain_failed'],
  ['darwin', 'Platform failure: In dark wake, no UI possible', 'keychain_locked'],
  ['darwin', 'Platform failure: User canceled the operation.', 'keychain_denied'],
  ['darwin', 'Platform failure: The user name or passphrase you entered is not correct.', 'keychain_denied'],
  [
    'darwin',
    "Couldn't access platform storage: No keychain is available. You may need to restart your computer.",
    'keychain_missing',
  ],
  ['darwin', 'Platform failure: A default keychain could not be found.', 'keychain_missing'],
  ['darwin', 'Platform failure: An internal error occurred.', 'keychain_failed'],
  ['win32', tooLong, 'value_too_long'],
  ['win32', "Couldn't access platform storage: Windows ERROR_NO_SUCH_LOGON_SESSION", 'keychain_missing'],
  ['win32', 'Platform failure: Windows ERROR_INVALID_PARAMETER', 'keychain_failed'],
  ['win32', 'Platform failure: Windows ERROR_BAD_USERNAME', 'keychain_failed'],
  ['win32', 'Platform failure: Windows ERROR_INVALID_FLAGS', 'keychain_failed'],
  // Access denied, a service that is disabled or gone, and RPC_X_BAD_STUB_DATA.
  ['win32', 'Platform failure: Windows error code 5', 'keychain_failed'],
  ['win32', 'Platform failure: Windows error code 1058', 'keychain_failed'],
  ['win32', 'Platform failure: Windows error code 1722', 'keychain_failed'],
  ['win32', 'Platform failure: Windows error code 1783', 'keychain_failed'],
  ['win32', "Value of 'user' is longer than the platform limit of 513 chars", 'keychain_failed'],
] as const

const advice = {
  'linux keychain_locked': 'unlock the "login" keyring',
  'linux keychain_missing': 'gnome-keyring-daemon --unlock',
  'linux keychain_silent': 'restart the keyring daemon',
  'linux keychain_failed': '--store file:PATH',
  'darwin keychain_locked': 'security unlock-keychain',
  'darwin keychain_denied': 'allow access',
  'darwin keychain_missing': 'security default-keychain',
  'darwin keychain_failed': '--store file:PATH',
  'win32 value_too_long': '--store file:PATH',
  'win32 keychain_missing': 'Log on with a password',
  'win32 keychain_failed': '--store file:PATH',
} as const

describe('a keychain error', () => {
  test.each(rows)('on %s, "%s" is %s', (platform, message, code) => {
    const failure = keychainFailure(message, platform)
    expect(failure.code).toBe(code)
    expect(failure.exitCode).toBe(7)
    expect(failure.fix).toContain(advice[`${platform} ${code}` as keyof typeof advice])
    expect(failure.causeText).toMatch(/^[A-Z][^\n]*[^.]\.$/)
  })

  test.each(rows.filter(([platform]) => platform !== 'linux'))(
    'on %s, "%s" gives no advice for Linux',
    (platform, message) => {
      const { causeText, fix } = keychainFailure(message, platform)
      expect(`${causeText} ${fix}`).not.toMatch(/D-Bus|Secret Service|gnome|desktop/)
    },
  )

  test('names the limit in characters for a value that is too long', () => {
    expect(keychainFailure(tooLong, 'win32').causeText).toContain('1,280 characters')
  })
})
