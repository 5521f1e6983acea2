import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'

const body = (parameter: string, sentence = 'Missing required parameter'): string =>
  JSON.stringify({ error: 'invalid_request', error_description: `${sentence}: ${parameter}` })

const first = (text: string): string => {
  const [best] = recognise(text)
  return `${best?.code} ${best?.likelihood}`
}

describe('a missing parameter', () => {
  test.each([
    body('redirect_uri'),
    `POST https://oauth2.googleapis.com/token 400 ${body('redirect_uri')}`,
    `{ error: 'invalid_request', error_description: 'Missing required parameter: redirect_uri' }`,
    "{'error': 'invalid_request', 'error_description': 'Missing parameter: redirect_uri'}",
    `com.google.api.client.auth.oauth2.TokenResponseException: 400 Bad Request\nPOST https://accounts.google.com/o/oauth2/token\n${body('redirect_uri')}`,
    `GET https://accounts.google.com/o/oauth2/v2/auth?client_id=1 302\nPOST /token 400 ${body('redirect_uri')}`,
    'oauth2: cannot fetch token: 400 Bad Request: Missing required parameter: redirect_uri',
    'TokenError: Missing required parameter: redirect_uri\n    at OAuth2Strategy.parseErrorResponse',
    'GaxiosError: Missing required parameter: redirect_uri',
  ])('belongs to the token request: %s', (text) => {
    expect(first(text)).toBe('request_incomplete certain')
    expect(recognise(text)[0]?.fix).toContain('redirect_uri=postmessage')
  })

  test.each([
    'Access blocked: Authorization Error\nMissing required parameter: redirect_uri\nError 400: invalid_request',
    'Error 400: invalid_request\nMissing required parameter: redirect_uri',
    'Fehler 400: invalid_request Missing required parameter: redirect_uri',
    '400. That’s an error.\nError: invalid_request\nMissing required parameter: redirect_uri',
    'https://app.example/cb?error=invalid_request&error_description=Missing+required+parameter:+redirect_uri',
    `https://accounts.google.com/signin/oauth/error?authError=${Buffer.from('\n\u000finvalid_request\u0012&Missing required parameter: redirect_uri').toString('base64url')}`,
    body('response_type', 'Required parameter is missing'),
  ])('belongs to the authorization request: %s', (text) => {
    expect(first(text)).toBe('authorization_request_cut certain')
  })

  test.each([
    ['Missing required parameter: redirect_uri', 'authorization_request_cut', 'request_incomplete'],
    ['Missing required parameter: scope', 'scope_missing', 'request_incomplete'],
    ['(invalid_request) Missing required parameter: redirect_uri', 'request_incomplete', 'authorization_request_cut'],
  ])('belongs to either request: %s', (text, likely, possible) => {
    expect(recognise(text)).toMatchObject([
      { code: likely, likelihood: 'likely' },
      { code: possible, likelihood: 'possible' },
    ])
  })

  test.each([
    ['code', 'request_incomplete', 'The token request has no code.'],
    ['device_code', 'request_incomplete', 'The token request has no device_code.'],
    ['scope', 'request_incomplete', 'The device request has no scope.'],
    ['token', 'request_incomplete', 'The revocation request has no token.'],
    ['subject_token', 'request_incomplete', 'The token request has no subject_token.'],
    ['client_id', 'client_id_missing', 'no client_id'],
    ['client_secret', 'client_secret_missing', 'no client_secret'],
    ['grant_type', 'grant_type_refused', 'no grant_type'],
    ['refresh_token', 'no_refresh_token', 'no refresh token'],
    ['code_verifier', 'code_verifier_refused', 'PKCE'],
  ])('has its own explanation: %s', (parameter, code, cause) => {
    for (const sentence of ['Missing required parameter', 'Required parameter is missing'])
      expect(recognise(body(parameter, sentence))[0]).toMatchObject({ code, cause: expect.stringContaining(cause) })
  })
})
