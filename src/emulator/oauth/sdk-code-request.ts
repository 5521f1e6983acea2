/** The source of a server authorization code; it determines the redirect URI the code is bound to (evidence B7). */
export type SdkPlatform = 'android' | 'ios' | 'web-popup'

/** A request for a code as the mobile or web SDK issues it. */
export interface SdkCodeRequest {
  /** The email address or `sub`; default: the first account. */
  readonly account?: string
  /** Default: `android`. */
  readonly platform?: SdkPlatform
  /** Default: openid, email, profile and drive.appdata. */
  readonly scopes?: readonly string[]
  /** A web client; default: the built-in one. */
  readonly clientId?: string
  /** `forceCodeForRefreshToken` of the SDKs: issues a refresh token even if consent was given earlier. */
  readonly forceRefreshToken?: boolean
  /** The origin of the page that opened the web popup, if its library binds the code to it instead of `postmessage`. */
  readonly origin?: string
  /** Grants access for 180 days only. */
  readonly limitedAccess?: boolean
  /** The nonce that the app wants in the ID token. */
  readonly nonce?: string
}
