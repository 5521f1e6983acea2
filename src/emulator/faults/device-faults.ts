import type { ChangeRow, FaultRow } from './surface.ts'

const on = ['device'] as const

/** Faults of the device authorization endpoint. */
export const deviceFaults = {
  'device-quota': { on, does: 'refuses to issue a device code: over quota' },
} as const satisfies Record<string, FaultRow>

/** The members of a device authorization response (RFC 8628 section 3.2). */
export type DeviceResponse = Readonly<Record<string, unknown>>

/**
 * Faults of the answer to a device. How long the code lives and how often it may be asked for is what the answer says.
 */
export const deviceResponseFaults = {
  'verification-uri': {
    on,
    does: 'calls the address verification_uri as RFC 8628 does, and adds one with the code filled in',
    change: ({ verification_url: address, ...members }) => ({
      ...members,
      verification_uri: address,
      verification_uri_complete: `${String(address)}?user_code=${String(members['user_code'])}`,
    }),
  },
  'no-verification-address': {
    on,
    does: 'leaves the address out',
    change: (members) => ({ ...members, verification_url: undefined }),
  },
  'no-interval': { on, does: 'leaves the interval out', change: (members) => ({ ...members, interval: undefined }) },
  'other-interval': {
    on,
    does: 'wants `seconds` (default 1) from poll to poll',
    change: (members, { seconds = 1 }) => ({ ...members, interval: seconds }),
  },
  'other-lifetime': {
    on,
    does: 'lets the code live for `seconds` (default 60)',
    change: (members, { seconds = 60 }) => ({ ...members, expires_in: seconds }),
  },
} as const satisfies Record<string, ChangeRow<DeviceResponse>>
