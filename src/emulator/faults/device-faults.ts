import type { ChangeRow, FaultRow } from './surface.ts'

const on = ['device'] as const

/** Faults of the device authorization endpoint. */
export const deviceFaults = {
  'device-quota': { on, does: 'returns an over-quota error instead of a device code' },
} as const satisfies Record<string, FaultRow>

/** The members of a device authorization response (RFC 8628 section 3.2). */
export type DeviceResponse = Readonly<Record<string, unknown>>

/** Faults of the device authorization response. The announced lifetime and interval also apply. */
export const deviceResponseFaults = {
  'verification-uri': {
    on,
    does: 'sends the address as verification_uri, as in RFC 8628, and adds one with the code filled in',
    change: ({ verification_url: address, ...members }) => ({
      ...members,
      verification_uri: address,
      verification_uri_complete: `${String(address)}?user_code=${String(members['user_code'])}`,
    }),
  },
  'no-verification-address': {
    on,
    does: 'omits the address',
    change: (members) => ({ ...members, verification_url: undefined }),
  },
  'no-interval': { on, does: 'omits the interval', change: (members) => ({ ...members, interval: undefined }) },
  'other-interval': {
    on,
    does: 'announces a polling interval of `seconds` (default 1)',
    change: (members, { seconds = 1 }) => ({ ...members, interval: seconds }),
  },
  'other-lifetime': {
    on,
    does: 'announces a code lifetime of `seconds` (default 60)',
    change: (members, { seconds = 60 }) => ({ ...members, expires_in: seconds }),
  },
} as const satisfies Record<string, ChangeRow<DeviceResponse>>
