import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'

describe("a title of Google's error page", () => {
  test.each([
    ['Access blocked: Demo’s request is invalid', 'redirect_uri_not_registered'],
    ["Access blocked: This app's request is invalid", 'redirect_uri_not_registered'],
    ['Access blocked: This app’s request is invalid\n\nada@example.com', 'redirect_uri_not_registered'],
    ["You can't sign in because Demo sent an invalid request.", 'redirect_uri_not_registered'],
    [
      "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.",
      'redirect_uri_not_registered',
    ],
    ["Access blocked: This app's request is invalid\nError 400: invalid_request", 'redirect_uri_not_secure'],
    ['Access blocked: Authorization Error', 'redirect_uri_not_secure'],
    ['Access blocked: Authorisation error', 'redirect_uri_not_secure'],
    ['<title>Access blocked</title>', 'redirect_uri_not_secure'],
    ['Error 400: invalid_request', 'redirect_uri_not_secure'],
    ['Fehler 400: invalid_request', 'redirect_uri_not_secure'],
    ['400. That’s an error.\nError: invalid_request', 'redirect_uri_not_secure'],
  ])('has usual causes, and asks for the details: %s', (text, code) => {
    const [best, ...others] = recognise(text)
    expect(best).toMatchObject({ code, likelihood: 'likely', fix: expect.stringContaining('"error details"') })
    expect(others.length).toBeGreaterThan(0)
  })

  test('does not matter if the details say more', () => {
    expect(
      recognise('Access blocked: Authorization Error\nError 401: invalid_client\nThe OAuth client was not found.'),
    ).toMatchObject([{ code: 'client_refused', likelihood: 'certain' }])
    expect(recognise("Access blocked: This app's request is invalid\nError 400: redirect_uri_mismatch")).toMatchObject([
      { code: 'redirect_uri_not_registered', likelihood: 'certain' },
    ])
  })

  test.each(['Access blocked by your firewall', 'HTTP 400: invalid_request', 'Authorization error'])(
    'is not seen in: %s',
    (text) => {
      expect(() => recognise(text)).toThrow('recognizes no error')
    },
  )

  test.each([
    'invalid_request',
    '{"error":"invalid_request"}',
    '{"error":"invalid_request","error_description":"Bad Request"}',
  ])('is not the only place of its code, so the token request comes first: %s', (text) => {
    expect(recognise(text)[0]).toMatchObject({ code: 'request_incomplete', likelihood: 'possible' })
  })
})
