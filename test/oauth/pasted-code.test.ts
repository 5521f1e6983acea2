import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/failures/index.ts'
import { parsePastedCode } from '../../src/oauth/pasted-code.ts'

const code = '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGhJkLzXcVbNm1234567890'
const encoded = encodeURIComponent(code)

function failureOf(pasted: string): Failure {
  try {
    parsePastedCode(pasted)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('the code is found in', () => {
  test.each([
    ['itself', code],
    ['a percent-encoded copy', encoded],
    ['a copy encoded twice', encodeURIComponent(encoded)],
    ['quotes', `"${code}"`],
    ['white space', `\n   ${code}  \n`],
    ['lines that a terminal broke', `${code.slice(0, 30)}\n${code.slice(30)}`],
    ['a query string', `?state=xyz&code=${encoded}&scope=openid`],
    ['form text', `authCode=${encoded}`],
    ['form text of the web', `code=${encoded}`],
    ['JSON of an app', JSON.stringify({ serverAuthCode: code, idToken: 'x' })],
    [
      'JSON behind other members',
      JSON.stringify({ scopes: ['openid'], user: { id: '1' }, data: { serverAuthCode: code } }),
    ],
    ['JSON one level down', JSON.stringify({ type: 'success', data: { serverAuthCode: code } })],
    ['a redirect URL', `https://app.example.com/cb?state=1&code=${encoded}`],
  ])('%s', (_, pasted) => {
    expect(parsePastedCode(pasted).code.reveal()).toBe(code)
  })

  test('a redirect URL, which says what it was sent to', () => {
    expect(parsePastedCode(`http://127.0.0.1:8123/cb?code=${encoded}`)).toMatchObject({
      redirectUri: 'http://127.0.0.1:8123/cb',
      origin: 'desktop',
    })
    expect(parsePastedCode(`https://app.example.com/cb?code=${encoded}`)).toMatchObject({
      redirectUri: 'https://app.example.com/cb',
      origin: 'web',
    })
  })

  test('the answer of the web pop-up, which says that it is one', () => {
    expect(parsePastedCode(JSON.stringify({ code, scope: 'openid', authuser: '0' })).origin).toBe('web-popup')
    // What the control API of the emulator answers, for any platform.
    expect(parsePastedCode(JSON.stringify({ code })).origin).toBeUndefined()
  })
})

describe('nothing is sent for', () => {
  test.each([
    ['', 'code_missing'],
    ['   \n', 'code_missing'],
    ['null', 'code_missing'],
    ['"undefined"', 'code_missing'],
    ['nil', 'code_missing'],
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
  ])('%j: %s', (pasted, expected) => {
    const failure = failureOf(pasted)
    expect(failure.code).toBe(expected)
    expect(failure.message).not.toContain(code)
  })
})
