import { describe, expect, test } from 'vitest'
import { parsePastedCode } from '../../src/oauth/pasted-code.ts'
import { failureOf } from '../support/failure-of.ts'

const code = '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGhJkLzXcVbNm1234567890'
const encoded = encodeURIComponent(code)

describe('the code is found in', () => {
  test.each([
    ['itself', code],
    ['a percent-encoded copy', encoded],
    ['a copy encoded twice', encodeURIComponent(encoded)],
    ['quotes', `"${code}"`],
    ['white space', `\n   ${code}  \n`],
    ['lines broken by a terminal', `${code.slice(0, 30)}\n${code.slice(30)}`],
    ['a query string', `?state=xyz&code=${encoded}&scope=openid`],
    ['form text', `authCode=${encoded}`],
    ['form text from the web', `code=${encoded}`],
    ['JSON from an app', JSON.stringify({ serverAuthCode: code, idToken: 'x' })],
    [
      'JSON after other members',
      JSON.stringify({ scopes: ['openid'], user: { id: '1' }, data: { serverAuthCode: code } }),
    ],
    ['JSON one level down', JSON.stringify({ type: 'success', data: { serverAuthCode: code } })],
    ['a redirect URL', `https://app.example.com/cb?state=1&code=${encoded}`],
    ['a quoted redirect URL broken by a terminal', `"https://app.example.com/cb?state=1&co\nde=${encoded}"`],
    ['a redirect URL with its parameters in the fragment', `https://app.example.com/cb#code=${encoded}&state=1`],
    ['form text with other fields', `idToken=x&authCode=${encoded}&name=Ada+L`],
    ['JSON with an escaped slash', `{"serverAuthCode":"${code.replace('/', '\\/')}"}`],
    [
      'JSON from React Native',
      JSON.stringify({ type: 'success', data: { scopes: [], serverAuthCode: code } }, null, 2),
    ],
    [
      "React Native's console",
      ` LOG  {"data": {"idToken": "eyJ.x.y", "serverAuthCode": "${code}"}, "type": "success"}`,
    ],
    [
      'an object as JavaScript prints it',
      `{\n  idToken: 'eyJ.x.y',\n  serverAuthCode: '${code}',\n  scopes: [ 'openid' ]\n}`,
    ],
    ["Capacitor's result", `{provider: "google", result: {serverAuthCode: "${code}", responseType: "offline"}}`],
    [
      'an account as Flutter prints it',
      `GoogleSignInAccount:{displayName: Ada, email: a@b.c, serverAuthCode: ${code}}`,
    ],
    ['a line from flutter run', `I/flutter ( 1234): ${code}`],
    ['a Swift optional', `Optional("${code}")`],
    ['a Swift field', `serverAuthCode: Optional("${code}"), user: <GIDGoogleUser: 0x600>`],
    ['a result as Kotlin prints it', `AuthorizationResult{serverAuthCode=${code}, accessToken=null}`],
    ['a line from logcat', `11-21 17:40:01.123 D/SignIn ( 4711): got the code ${code}`],
    ['several lines from logcat', `D/SignIn: start\nD/SignIn: ${code}\nD/SignIn: done`],
    ['the same code twice', `D/SignIn: ${code}\nD/Post: ${code}`],
    ['a PHP array', `["code" => "${code}", "error" => null]`],
  ])('%s', (_, pasted) => {
    expect(parsePastedCode(pasted).code.reveal()).toBe(code)
  })

  test('a redirect URL, along with the redirect URI', () => {
    expect(parsePastedCode(`http://127.0.0.1:8123/cb?code=${encoded}`)).toMatchObject({
      redirectUri: 'http://127.0.0.1:8123/cb',
      origin: 'desktop',
    })
    expect(parsePastedCode(`https://app.example.com/cb?code=${encoded}`)).toMatchObject({
      redirectUri: 'https://app.example.com/cb',
      origin: 'web',
    })
  })

  test("the web pop-up's response, which is recognized as one", () => {
    expect(parsePastedCode(JSON.stringify({ code, scope: 'openid', authuser: '0' })).origin).toBe('web-popup')
    // The emulator's control API returns this for any platform.
    expect(parsePastedCode(JSON.stringify({ code })).origin).toBeUndefined()
  })

  test.each([
    [code, 'a code', 0],
    [encoded, 'a code', 1],
    [`authCode=${encodeURIComponent(encoded)}`, 'form text', 1],
    [`https://app.example.com/cb?code=${encoded}`, 'a redirect URL', 0],
    [JSON.stringify({ serverAuthCode: encoded }), 'JSON', 1],
    [`serverAuthCode: ${code}`, 'what an app printed', 0],
  ])('%s, with its origin and how often it was encoded', (pasted, shape, encodings) => {
    expect(parsePastedCode(pasted)).toMatchObject({ shape, encodings })
  })
})

describe('nothing is sent for', () => {
  test.each([
    ['', 'code_missing'],
    ['   \n', 'code_missing'],
    ['null', 'code_missing'],
    ['"undefined"', 'code_missing'],
    ['nil', 'code_missing'],
    ['Optional(nil)', 'code_missing'],
    ['(null)', 'code_missing'],
    ['serverAuthCode: nil', 'code_missing'],
    ['{serverAuthCode: null, idToken: "x"}', 'code_missing'],
    ["Instance of 'GoogleSignInServerAuthorization'", 'code_missing'],
    ['[object Object]', 'code_missing'],
    ['{idToken: "x"}', 'code_missing'],
    [`D/a: ${code}\nD/b: ${code.replace('AVM', 'BWN')}`, 'code_malformed'],
    [`com.googleusercontent.apps.1-a:/oauth2redirect?code=${encoded}`, 'code_malformed'],
    ['errorCode: 10, statusCode: 12500', 'code_missing'],
    ['{"serverAuthCode":null}', 'code_missing'],
    ['{"idToken":"x"}', 'code_missing'],
    ['?state=abc', 'code_missing'],
    ['{"serverAuthCode":"4/0A', 'code_malformed'],
    ['YOUR_AUTH_CODE', 'code_malformed'],
    ['<authorization code>', 'code_malformed'],
    ['${CODE}', 'code_malformed'],
    ['4/0AVMBsJh…', 'code_malformed'],
    ['4/', 'code_malformed'],
    ['4/0AVMBs', 'code_malformed'],
    ['4%2', 'code_malformed'],
    [`${code}%`, 'code_malformed'],
    [`code=${encoded}&code=${encoded}`, 'code_malformed'],
    [`${code.slice(0, 20)} ${code.slice(20)}`, 'code_malformed'],
    ['1//0gRefreshTokenRefreshTokenRefreshToken', 'code_malformed'],
    ['ya29.a0AfH6SMAccessTokenAccessToken', 'code_malformed'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'code_malformed'],
    ['123-abc.apps.googleusercontent.com', 'code_malformed'],
    ['4/0AVMBsJhüüüüüüüüüüüüüüüüüüü', 'code_malformed'],
    ['x'.repeat(3000), 'code_malformed'],
    ['?error=access_denied&state=x', 'consent_denied'],
    ['https://app.example.com/cb?error=invalid_scope', 'authorization_refused'],
  ])('%j: %s', async (pasted, expected) => {
    const failure = await failureOf(() => parsePastedCode(pasted))
    expect(failure.code).toBe(expected)
    expect(failure.message).not.toContain(code)
  })
})
