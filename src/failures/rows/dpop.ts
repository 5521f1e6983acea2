import { Exit } from '../exit.ts'
import { row } from '../row.ts'

/** Errors about DPoP proofs (RFC 9449) that `gsa` itself never causes. */
export const dpopRows = {
  dpop_nonce_wanted: row(
    Exit.Refused,
    () => 'The server requires a nonce in the DPoP proof (use_dpop_nonce). This is normal for the first request.',
    () =>
      'Send the request once more, with a new proof that contains the DPoP-Nonce header of this response (RFC 9449 section 8). A library that does not retry cannot use DPoP here.',
  ),
  dpop_proof_refused: row(
    Exit.Refused,
    () => 'The server rejected the DPoP proof of the request (invalid_dpop_proof).',
    () =>
      'Check that htu is the exact token endpoint, htm is POST, iat matches the clock, jti is new for each request, and the key is the one that the refresh token is bound to (RFC 9449 section 4.3).',
  ),
  dpop_key_differs: row(
    Exit.Refused,
    () => 'The DPoP proof was made with another key than the one that the refresh token is bound to.',
    () =>
      'Store the key of the exchange together with its refresh token, and use it at every refresh. A lost key cannot be replaced: the user must sign in again.',
  ),
  dpop_clock_wrong: row(
    Exit.Refused,
    () => "The time (iat) of the DPoP proof is too far from the server's clock.",
    () =>
      'Set the clock of the machine or container (timedatectl set-ntp true). iat is in whole seconds, UTC; make a new proof for each request, or correct iat by the Date header of the response.',
  ),
}
