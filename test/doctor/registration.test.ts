import { describe, expect, test } from 'vitest'
import { registrationVerdict } from '../../src/doctor/registration.ts'
import { Failure } from '../../src/failures/index.ts'

const question = {
  url: new URL('https://accounts.google.com/o/oauth2/v2/auth?client_id=7-x'),
  clientId: '7-x.apps.googleusercontent.com',
  redirectUri: 'http://127.0.0.1:8080/oauth2callback',
}

/** Builds the authError of an error page: field 1 the code, field 2 the description, field 4 the status. */
function authError(code: string, description = 'It\nis so.'): string {
  const field = (number: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(text)]), Buffer.from(text)])
  return Buffer.concat([field(1, code), field(2, description), Buffer.from([4 << 3, 0x90, 3])]).toString('base64url')
}

// The public part of the real page that curl showed on 2026-08-07: the code and the description.
const errorPage = (code: string): string =>
  `https://accounts.google.com/signin/oauth/error?authError=${authError(code)}&client_id=7-x&flowName=GeneralOAuthFlow`

const rows: readonly (readonly [what: string, status: number, location: string, body: string, verdict: string])[] = [
  ['the sign-in page', 302, 'https://accounts.google.com/v3/signin/identifier?x=1', '', 'known'],
  ['the sign-in page, relative', 302, '/v3/signin/identifier?x=1', '', 'known'],
  ['the redirect URI with a code', 302, `${question.redirectUri}?code=4/0A`, '', 'known'],
  ['the redirect URI with an error', 302, `${question.redirectUri}?error=access_denied`, '', 'known'],
  ['the redirect URI with neither', 302, `${question.redirectUri}?x=1`, '', 'unknown'],
  ['another path of the redirect URI', 302, 'http://127.0.0.1:8080/other?code=4/0A', '', 'unknown'],
  ['the error page, redirect_uri_mismatch', 302, errorPage('redirect_uri_mismatch'), '', 'redirect_uri_unregistered'],
  ['the error page, invalid_client', 302, errorPage('invalid_client'), '', 'client_refused'],
  ['the error page, deleted_client', 302, errorPage('deleted_client'), '', 'client_refused'],
  ['the error page, disabled_client', 302, errorPage('disabled_client'), '', 'client_refused'],
  ['the error page, invalid_request', 302, errorPage('invalid_request'), '', 'authorization_refused'],
  ['the older error page', 302, errorPage('invalid_client').replace('/error?', '/error/v2?'), '', 'client_refused'],
  ['the error page with an unknown code', 302, errorPage('moon_phase'), '', 'unknown'],
  ['the error page without authError', 302, 'https://accounts.google.com/signin/oauth/error', '', 'unknown'],
  ['the error page with garbage', 302, 'https://accounts.google.com/signin/oauth/error?authError=%00x', '', 'unknown'],
  ['the error page of another host', 302, errorPage('invalid_client').replace('accounts', 'evil'), '', 'unknown'],
  ['the sign-in page of another host', 302, 'https://portal.example/v3/signin/identifier', '', 'unknown'],
  ['info/unknownerror', 302, 'https://accounts.google.com/info/unknownerror', '', 'unknown'],
  ['no address', 302, '', '', 'unknown'],
  ['an invalid address', 302, 'http://[', '', 'unknown'],
  ['400 with a known word', 400, '', 'Error 400: redirect_uri_mismatch', 'redirect_uri_unregistered'],
  ['401 with a known word', 401, '', '{"error":"invalid_client"}', 'client_refused'],
  ['400 with no known word', 400, '', 'Bad Request', 'unknown'],
  ['400 with part of a word', 400, '', 'xinvalid_clienty', 'unknown'],
  ['a page', 200, '', '<title>Sign in</title> invalid_client', 'unknown'],
  ['503', 503, '', 'invalid_client', 'unknown'],
]

describe('the first response of an authorization endpoint', () => {
  test.each(rows)('%s', (_, status, location, body, expected) => {
    const headers = location === '' ? {} : { location }
    const verdict = registrationVerdict({ status, headers, body: Buffer.from(body) }, question)
    expect(verdict instanceof Failure ? verdict.code : verdict).toBe(expected)
  })

  test('is summarized in one line', () => {
    const verdict = registrationVerdict(
      { status: 302, headers: { location: errorPage('invalid_client') }, body: Buffer.alloc(0) },
      question,
    )
    expect((verdict as Failure).causeText).toBe(
      'The client 7-x.apps.googleusercontent.com was rejected (invalid_client: It is so).',
    )
  })
})
