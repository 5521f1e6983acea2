import { describe, expect, test } from 'vitest'
import { factsIn } from '../../src/diagnosis/facts.ts'

const heart = 'kQ7plantedSecret_x-9'
const secrets = [
  `ya29.${heart}`,
  `1//0${heart}`,
  `4/0A${heart}`,
  `GOCSPX-${heart}`,
  `AH-1Ng${heart}`,
  `eyJhbGci.${heart}.${heart}`,
]

describe('the facts in a text', () => {
  test.each(secrets)('does not contain %s, however it is written', (secret) => {
    const json = JSON.stringify({ note: secret })
    const writings = [
      secret,
      `x${secret}`,
      `redirect_uri=http://a/${secret}`,
      `redirect_uri=http://a/${encodeURIComponent(encodeURIComponent(secret))}`,
      encodeURIComponent(secret),
      encodeURIComponent(encodeURIComponent(secret)),
      json,
      JSON.stringify(json),
      secret.replace('/', '\\u002f').replaceAll('/', '\\/'),
      `https://accounts.google.com/signin/oauth/error?authError=${Buffer.from(secret).toString('base64url')}`,
    ]
    for (const writing of writings) expect(JSON.stringify(factsIn(writing)), writing).not.toContain(heart)
  })

  test.each(['4/0A8_Dav-_274l_3_-__-368W-_', '4%252F0A8_Dav-_274l_3_-__-368W-_'])(
    'does not contain a code in a path, even if it hardly looks random: %s',
    (code) => {
      expect(JSON.stringify(factsIn(`redirect_uri=http://a/${code}`))).not.toContain('8_Dav')
    },
  )

  test.each([
    'client_secret=',
    '"code_verifier": "',
    "'password': '",
    '["refresh_token"]=> string(20) "',
    'Authorization: Bearer ',
    'code=',
  ])('does not contain the text after %s', (label) => {
    expect(JSON.stringify(factsIn(`${label}${heart}`))).not.toContain(heart)
  })

  test.each([
    '{"error": "invalid_grant", "error_description": "Some words"}',
    "{'error': 'invalid_grant', 'error_description': 'Some words'}",
    "{ error: 'invalid_grant', error_description: 'Some words' }",
    '["error"]=> string(13) "invalid_grant" ["error_description"]=> string(10) "Some words"',
    '[error] => invalid_grant [error_description] => Some words',
    'http://localhost/?error=invalid_grant&error_description=Some+words&state=x',
    '"{\\"error\\":\\"invalid_grant\\",\\"error_description\\":\\"Some words\\"}"',
    '&quot;error&quot;: &quot;invalid_grant&quot;, &quot;error_description&quot;: &quot;Some words&quot;',
  ])('has the error and description of %s', (text) => {
    expect(factsIn(text)).toMatchObject({ error: 'invalid_grant', description: 'Some words' })
  })

  test.each([
    ['POST /token grant_type=refresh_token', 'refresh'],
    ['POST /token grant_type=authorization_code', 'code'],
    ['at OAuth2Client.refreshTokenNoCache', 'refresh'],
    ['GoogleAuthorizationCodeTokenRequest.execute', 'code'],
    ['invalid_grant', undefined],
  ] as const)('names the requested grant: %s', (text, grant) => {
    expect(factsIn(text).grant).toBe(grant)
  })
})
