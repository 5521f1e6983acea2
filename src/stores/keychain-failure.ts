import { Failure } from '../failures/index.ts'

/**
 * Returns the failure for an error message of the keychain binding: the keychain is absent, locked or silent, the user
 * denied access, or a value is too long. Each platform words these differently and needs different advice.
 */
export function keychainFailure(message: string, platform: NodeJS.Platform, cause?: unknown): Failure {
  // The binding limits names too, but gsa's are shorter.
  const limit = /'(?:password|secret)\b.* longer than the platform limit of (\d+)/.exec(message)?.[1]
  if (limit !== undefined) {
    // The binding counts bytes of UTF-16 there, but calls them characters.
    const characters = /UTF-16/i.test(message) ? Number(limit) / 2 : Number(limit)
    return new Failure('value_too_long', { store: 'keychain', limit: characters }, { cause })
  }
  const problem = message.replace(ownWords, '').replace(/\.$/, '')
  const known = signs[platform === 'darwin' || platform === 'win32' ? platform : 'linux'].find(([sign]) =>
    sign.test(message),
  )
  if (known?.[1] === 'keychain_silent') return new Failure('keychain_silent', {}, { cause })
  return new Failure(known?.[1] ?? 'keychain_failed', { problem: known?.[2] ?? problem, platform }, { cause })
}

const ownWords = /^(?:Platform failure|Couldn't access platform storage): (?:DBus error: |Secret Service: )?/

type Sign = readonly [
  sign: RegExp,
  code: 'keychain_missing' | 'keychain_locked' | 'keychain_denied' | 'keychain_silent' | 'keychain_failed',
  problem?: string,
]

// In order. The system's message is kept unless it is unhelpful.
const signs: Readonly<Record<'linux' | 'darwin' | 'win32', readonly Sign[]>> = {
  linux: [
    [/did not receive a reply|NoReply|timed out/i, 'keychain_silent'],
    [/DBUS_SESSION_BUS_ADDRESS|autolaunch/i, 'keychain_missing', 'no D-Bus session bus is running'],
    [
      /org\.freedesktop\.secrets was not provided|ServiceUnknown/i,
      'keychain_missing',
      'no Secret Service is running on the D-Bus session bus',
    ],
    [/no result found|\/collection\/login/i, 'keychain_missing', 'the Secret Service has no default keyring'],
    [/dismissed/i, 'keychain_locked', 'its prompt was dismissed, or could not be shown'],
    [/^Couldn't access platform storage|locked|denied/i, 'keychain_locked'],
  ],
  darwin: [
    [/user interaction|in dark wake|-25308|-25315|-25320/i, 'keychain_locked'],
    [/user cancell?ed|user name or passphrase|-128\b|-25293/i, 'keychain_denied'],
    // The binding has no word for a keychain that cannot be written, and says that there is none.
    [/keychain cannot be modified|-25292/i, 'keychain_failed'],
    [/^Couldn't access platform storage|no keychain is available|could not be found/i, 'keychain_missing'],
  ],
  win32: [
    [
      /ERROR_NO_SUCH_LOGON_SESSION|^Couldn't access platform storage/i,
      'keychain_missing',
      'this logon session has none',
    ],
  ],
}
