import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'

const answer = (error: string, description: string): string => JSON.stringify({ error, error_description: description })

describe('an error about a DPoP proof', () => {
  test.each([
    ['oidc-provider, late', answer('invalid_dpop_proof', 'DPoP proof iat is not recent enough'), 'dpop_clock_wrong'],
    ['Keycloak, late', 'org.keycloak.common.VerificationException: DPoP proof is not active', 'dpop_clock_wrong'],
    ['Spring, late', '[invalid_dpop_proof] The iat claim is invalid.', 'dpop_clock_wrong'],
    ['oidc-provider, another key', answer('invalid_grant', 'failed jkt verification'), 'dpop_key_differs'],
    ['Auth0, another key', answer('invalid_request', 'Invalid DPoP key binding'), 'dpop_key_differs'],
    [
      'Keycloak, another key',
      answer('invalid_token', 'DPoP proof and token binding verification failed'),
      'dpop_key_differs',
    ],
    [
      'the emulator, another key',
      answer('invalid_grant', 'The refresh token is bound to the key of another DPoP proof'),
      'dpop_key_differs',
    ],
    [
      'the emulator, another signature',
      answer('invalid_dpop_proof', 'The signature of the DPoP proof does not match its jwk'),
      'dpop_proof_refused',
    ],
    ['the emulator, none', answer('invalid_dpop_proof', 'This client must send a DPoP proof'), 'dpop_proof_missing'],
    ['oidc-provider, none', answer('invalid_request', 'DPoP proof JWT not provided'), 'dpop_proof_missing'],
    ['a claim that is missing', answer('invalid_dpop_proof', 'DPoP proof jti is missing'), 'dpop_proof_refused'],
    ['a nonce', answer('invalid_dpop_proof', 'nonce is required in the DPoP proof'), 'dpop_nonce_wanted'],
  ])('has its cause: %s', (_, text, code) => {
    expect(recognise(text)[0]?.code).toBe(code)
  })
})

describe('an error of another kind', () => {
  const expired = answer('invalid_grant', 'Token has been expired or revoked.')
  test.each([
    [`INFO DPoP enabled. ${expired}`, 'refresh_token_refused'],
    [`DPoP key loaded; another login is needed: ${expired}`, 'refresh_token_refused'],
    ['"dpop_signing_alg_values_supported":["ES256"] 401 access token expired invalid_token', 'access_token_invalid'],
    ['DPoP: off; error invalid_client The OAuth client was not found.', 'client_refused'],
  ])('keeps its cause in a text that mentions DPoP: %s', (text, code) => {
    const [best, ...others] = recognise(text)
    expect(best?.code).toBe(code)
    expect(others.filter((other) => other.code.startsWith('dpop_'))).toEqual([])
  })
})
