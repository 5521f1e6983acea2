/** An event, for a log. */
export type GsaEvent =
  | {
      readonly type: 'token'
      /** The subject of the account. */
      readonly sub: string
      readonly clientId: string
      /** Where the token came from. */
      readonly source: 'store' | 'refresh'
      readonly ms: number
    }
  | {
      readonly type: 'failure'
      /** As in the call; null if the default account was meant. */
      readonly account: string | null
      /** The code of the failure, as in docs/failures.md. */
      readonly code: string
      readonly ms: number
    }
  | { readonly type: 'waiting'; readonly message: string }
