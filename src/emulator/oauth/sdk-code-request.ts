/** Where a server authorization code comes from; it decides the redirect URI the code is bound to (evidence B7). */
export type SdkPlatform = 'android' | 'ios' | 'web-popup'

/** Which code the mobile or web SDK is to hand out. */
export interface SdkCodeRequest {
  /** E-mail address or `sub`; default the first account. */
  readonly account?: string
  /** Default `android`. */
  readonly platform?: SdkPlatform
  /** Default openid, email, profile and drive.appdata. */
  readonly scopes?: readonly string[]
  /** A web client; default the built-in one. */
  readonly clientId?: string
  /** `forceCodeForRefreshToken` of the SDKs: a refresh token although consent was given before. */
  readonly forceRefreshToken?: boolean
  /** Of the page that opened the web pop-up, when its library binds the code to that instead of `postmessage`. */
  readonly origin?: string
  /** The user gives access for 180 days only. */
  readonly limitedAccess?: boolean
  /** The nonce the app asked to have in the ID token. */
  readonly nonce?: string
}
