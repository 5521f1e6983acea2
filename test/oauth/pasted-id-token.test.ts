import { describe, expect, test } from 'vitest'
import { outsideText } from '../../src/core/outside-text.ts'
import { refuseOtherToken } from '../../src/oauth/other-tokens.ts'
import { findIdToken } from '../../src/oauth/pasted-id-token.ts'
import { failureOf } from '../support/failure-of.ts'

const issuers = ['https://accounts.google.com', 'accounts.google.com']
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object, header: object = {}, signature = 'aB3_-'.repeat(80).slice(0, 342)): string =>
  `${part({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header })}.${part({ sub: '1', ...claims })}.${signature}`
const token = jwt({ iss: issuers[0], aud: '1-web.apps.googleusercontent.com', email: 'ada@example.com', exp: 1 })
const accessToken = `ya29.${'aB3dE6_'.repeat(12)}`
const refreshToken = `1//0${'aB3dE6_'.repeat(12)}`
const code = `4/0A${'aB3dE6_'.repeat(9)}`
const otherJwt = jwt({ iss: 'https://login.example', aud: 'api' }, { typ: 'at+jwt' })

const find = (pasted: string): string => findIdToken(outsideText(pasted), issuers).reveal()
const wrapped = (text: string, width: number, lineBreak = '\n'): string =>
  text.replace(new RegExp(`.{${width}}`, 'g'), `$&${lineBreak}`)
const quotedPrintable = (text: string): string => text.replaceAll('=', '=3D').replace(/[^\n]{75}/g, '$&=\r\n')
const logcat = '07-24 08:24:35.100  8218  8290 D SignIn  : '

describe('an ID token is found', () => {
  test.each([
    ['alone', token],
    ['with white space around it', `\n  ${token}\t\r\n`],
    ['in double quotes', `"${token}"`],
    ['in single quotes with a comma', `'${token}',`],
    ['in typographic quotes', `“${token}”`],
    ['in a code fence', `\`\`\`\n${token}\n\`\`\``],
    ['in angle brackets', `<${token}>`],
    ['after Bearer', `Bearer ${token}`],
    ['in a header', `Authorization: Bearer ${token}`],
    ['in a request', `POST /auth HTTP/1.1\nAuthorization: Bearer ${token}\nAccept: */*\n`],
    ['in a command', `curl -H "Authorization: Bearer ${token}" https://api.example/me`],
    ['in the response of the button', JSON.stringify({ credential: token, select_by: 'btn' })],
    ['in an object of JavaScript', `{\n  clientId: '1-web',\n  credential: '${token}',\n  select_by: 'user'\n}`],
    ['deep in JSON', JSON.stringify({ type: 'success', data: { user: { id: '1' }, tokens: [{ idToken: token }] } })],
    ['in JSON inside JSON', JSON.stringify({ body: JSON.stringify({ id_token: token }) })],
    [
      'in a token response',
      JSON.stringify(
        { access_token: accessToken, refresh_token: refreshToken, id_token: token, expires_in: 3599 },
        null,
        2,
      ),
    ],
    ["beside another server's access token", JSON.stringify({ access_token: otherJwt, id_token: token })],
    ["beside another server's access token without names", `${otherJwt}\n\n${token}\n`],
    ['beside a Firebase token', `firebase: ${jwt({ iss: 'https://securetoken.google.com/p' })}\ngoogle: ${token}`],
    ["beside another issuer's token", `${jwt({ iss: 'https://login.example' })} ${token}`],
    ['twice', `idToken: ${token}\nagain: ${token}`],
    ['as an optional of Swift', `Optional("${token}")`],
    ['in a line of Swift', `idToken: Optional("${token}"), accessToken: Optional("${accessToken}")`],
    ['in Kotlin', `GoogleIdTokenCredential(id=ada@example.com, idToken=${token}, displayName=Ada)`],
    ['in Dart', `I/flutter (20516): {idToken: ${token}, serverAuthCode: null}`],
    ['in Dart without braces', `flutter: ID token is ${token}`],
    ['in React Native', ` LOG  {"data": {"idToken": "${token}", "scopes": []}}`],
    ['in logcat', `${logcat}idToken=${token}`],
    ['in a map of Go', `map[access_token:${accessToken} id_token:${token}]`],
    ['in a dictionary of Python', `{'access_token': '${accessToken}', 'id_token': '${token}'}`],
    ['in Ruby', `{"id_token"=>"${token}", "token_type"=>"Bearer"}`],
    ['in a dump of PHP', `["id_token"]=>\n  string(500) "${token}"`],
    ['in a form', `id_token=${token}&state=x`],
    ['in a form beside a code', `code=${encodeURIComponent(code)}&id_token=${token}`],
    ['in a fragment', `https://app.example/cb#state=x&id_token=${token}&authuser=0`],
    ['percent-encoded', `id_token%3D${token.replaceAll('.', '%2E')}%26state%3Dx`],
    ['in an environment variable', `export ID_TOKEN="${token}"`],
    ['in a cookie', `Cookie: lang=en; token=${token}; theme=dark`],
    ['at the end of a sentence', `The app gets ${token}.`],
    ['in a quoted mail', `> ${wrapped(token, 70, '\n> ')}`],
    ['in a box of a terminal', `│ ${wrapped(token, 60, ' │\n│ ')} │`],
    ['before a word on the next line', `${token}\ndone\n`],
    ['before the next line of a log', `idToken: ${token}\naccessToken: ${accessToken}\n`],
    ['split by logcat', `${logcat}idToken: ${wrapped(token, 100, `\n${logcat}`)}`],
    ['split by a log with times and numbers', `<12> 1:05 app: token ${wrapped(token, 90, '\n<13> 1:06 app: ')}`],
    ['in quoted-printable', quotedPrintable(token)],
    ['in quoted-printable after its name', quotedPrintable(`{"id_token": "${token}", "x": "a=b"}`)],
    ['in a form in quoted-printable', quotedPrintable(`state=x&id_token=${token}&prompt=none`)],
    ['with soft line breaks', wrapped(token, 75, '=\r\n')],
    ['with soft line breaks in a quoted mail', `> ${wrapped(token, 70, '=\n> ')}`],
    ['in a form that wraps after an equals sign', `state=x&a_long_name_of_the_id_token=\n${token}`],
    ['joined in Python', `token = (\n    "${wrapped(token, 60, '"\n    "')}"\n)`],
    ['joined in Python without parentheses', `"${wrapped(token, 60, '"\n"')}"`],
    ['joined in Python with prefixes', `token = (b"${wrapped(token, 60, '"\n  b"')}")`],
    ['joined in JavaScript', `const token = '${wrapped(token, 60, "' +\n  '")}';`],
    ['joined in Java', `String token = "${wrapped(token, 60, '"\n    + "')}";`],
    ['joined on one line', `const token = '${wrapped(token, 200, "' + '")}'`],
    ['joined in PHP', `$token = '${wrapped(token, 60, "' .\n  '")}';`],
    ['joined in C#', `var token = @"${wrapped(token, 60, '" +\n    @"')}";`],
    ['joined in Visual Basic', `token = "${wrapped(token, 60, '" & _\n    "')}"`],
    ['joined at its dots', `"${token.replaceAll('.', '."\n"')}"`],
    ['joined before its dots', `'${token.replaceAll('.', "' +\n'.")}'`],
    ['in quotes before a word in quotes', `"${token}"\n"done"`],
    ['in colours', `\u001b[32m${token}\u001b[0m`],
  ])('%s', (_, pasted) => {
    expect(find(pasted)).toBe(token)
  })

  test('wherever a terminal wraps it', () => {
    for (let width = 4; width < token.length; width += 3) {
      expect(find(wrapped(token, width)), `${width}`).toBe(token)
      expect(find(wrapped(`{"credential":"${token}","select_by":"btn"}`, width)), `${width}`).toBe(token)
      expect(find(`Here it is:\n\n${wrapped(token, width, '\r\n  ')}\n\nWhat is wrong?`), `${width}`).toBe(token)
    }
  })

  test('in UTF-16', () => {
    const bytes = Buffer.from(`\ufeff{"id_token": "${token}"}\r\n`, 'utf16le')
    expect(findIdToken(outsideText(bytes), issuers).reveal()).toBe(token)
  })
})

describe('a text that has no ID token is left as it is, for the verification to refuse:', () => {
  test.each([
    ['nothing', '', ''],
    ['a word', 'hello', 'hello'],
    ['a token with a space in it', token.replace('.', '. '), token.replace('.', '. ')],
    ['a token with padding', `${token}==`, `${token}==`],
    ['a token with a fourth part', `${token}.x`, `${token}.x`],
    ['a token without a signature', `${token.slice(0, token.lastIndexOf('.'))}.`, undefined],
    ['a token with padding in JSON', `{"idToken": "${token}=="}`, `${token}==`],
    ['two parts', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0'],
  ])('%s', (_, pasted, expected) => {
    expect(find(pasted)).toBe(expected ?? pasted)
  })
})

describe('a text in place of an ID token is named', () => {
  const claims = { iss: issuers[0], azp: '1-web.apps.googleusercontent.com', aud: '1-web.apps.googleusercontent.com' }
  const response = { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' }
  const assertion = {
    iss: 'robot@p.iam.gserviceaccount.com',
    scope: 'email',
    aud: 'https://oauth2.googleapis.com/token',
  }
  const identityToolkit = 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit'
  const encrypted = `${part({ alg: 'dir', enc: 'A256GCM' })}..aB3dE6gH9jK2mN5p.${'aB3_-'.repeat(40)}.aB3dE6gH9jK2mN5pQ8sT1w`
  test.each([
    ['an access token', accessToken, 'This is an access token, not an ID token', 'Pass the ID token'],
    ['an access token in a header', `Authorization: Bearer ${accessToken}`, 'an access token', 'openid'],
    ['a token response', JSON.stringify(response), 'a token response without an ID token', 'Request the scope openid'],
    ['an empty ID token', '{idToken: null, serverAuthCode: null}', 'without an ID token', 'serverClientId'],
    ['an authorization code', code, 'This is an authorization code', 'gsa exchange'],
    ['a code, percent-encoded', encodeURIComponent(code), 'This is an authorization code', 'gsa exchange'],
    ['a code in JSON', JSON.stringify({ code, scope: 'email' }), 'an authorization code', 'gsa exchange'],
    [
      'a code in a URL',
      `https://app.example/cb?state=x&code=${code}&scope=email`,
      'an authorization code',
      'gsa exchange',
    ],
    ['a refresh token', refreshToken, 'This is a refresh token', 'Pass the ID token'],
    ['a client secret', 'GOCSPX-aB3dE6gH9jK2mN5pQ8sT1w', 'This is a client secret', 'Pass an ID token'],
    ['an API key', `AIza${'aB3dE'.repeat(7)}`, 'This is an API key', 'Pass the ID token'],
    ['a client ID', '1-web.apps.googleusercontent.com', 'This is a client ID', '--audience'],
    ['an access token of another server', otherJwt, 'an access token of another server', 'Pass the ID token'],
    ['a DPoP proof', jwt({ htm: 'POST' }, { typ: 'dpop+jwt' }), 'a DPoP proof', 'Pass the ID token'],
    ['an assertion', jwt(assertion), 'an assertion of a service account', 'gcloud auth print-identity-token'],
    ['a custom token', jwt({ ...assertion, aud: identityToolkit }), 'a custom token of Firebase', 'verifyIdToken'],
    ['a Firebase ID token', jwt({ iss: 'https://securetoken.google.com/p', aud: 'p' }), 'a Firebase ID', 'Admin SDK'],
    ['a session cookie', jwt({ iss: 'https://session.firebase.google.com/p' }), 'session cookie', 'Admin SDK'],
    ['an encrypted token', encrypted, 'an encrypted token (JWE)', 'Google signs ID tokens'],
    ['an encrypted token in JSON', JSON.stringify({ idToken: encrypted }), 'an encrypted token', 'Google signs'],
    ['a token that a log shortened', `idToken: ${token.slice(0, 90)}...`, 'shortened', 'Copy the token'],
    ['a token that a log shortened in its middle', `idToken: ${token.slice(0, 200)}…`, 'shortened', 'Copy the token'],
    ['a token before dots', `${token}...`, 'shortened', 'Copy the token'],
    ['a token before a character of three dots', `${token}…`, 'shortened', 'Copy the token'],
    ['a token that a viewer shortened', `${token.slice(0, 200)}[truncated]`, 'is shortened', 'Copy the token'],
    ['a placeholder', 'YOUR_ID_TOKEN', 'a placeholder', 'Pass the ID token'],
    ['a variable', '$ID_TOKEN', 'the name of a variable', 'Pass the ID token'],
    ['a stand-in before dots', 'TOKEN...', 'shortened', 'Copy the token'],
    ['the start of a token before dots', 'eyJ...', 'shortened', 'Copy the token'],
    ['an empty text', ' \n', 'This is an empty text, not an ID token', 'Print the token itself'],
    ['empty quotes', '""', 'This is an empty text', 'Print the token itself'],
    ['null', 'null\n', 'This is null, which programs print for a missing value', 'Print the token itself'],
    ['undefined', 'undefined', 'a missing value', 'Print the token itself'],
    ['None', 'None', 'a missing value', 'Print the token itself'],
    ['an optional without a value', 'Optional(nil)', 'a missing value', 'Print the token itself'],
    ['an object of JavaScript', '[object Object]', 'the name of an object', 'Print the token itself'],
    ['an object after a name', 'idToken: [object Promise]', 'the name of an object', 'Print the token itself'],
    ['an object of Swift', '<GIDToken: 0x600000c5c1b0>', 'the name of an object', 'tokenString'],
    ['an optional object of Swift', 'Optional(<GIDToken: 0x600000c5c1b0>)', 'the name of an object', 'tokenString'],
    ['an object of Dart', "Instance of 'GoogleSignInAuthentication'", 'the name of an object', 'idToken'],
    ['a future of Dart', "flutter: Instance of 'Future<String?>'", 'the name of an object', 'idToken'],
    ['an object of Python', '<__main__.Credentials object at 0x7f31c2a3d0>', 'the name of an object', 'id_token'],
    ['a method of Python', '<bound method Credentials.id_token of <x.Y object at 0x7f31>>', 'an object', 'id_token'],
    ['an object of Ruby', '#<IdToken:0x000055d0c8>', 'the name of an object', 'id_token'],
    ['an object of Java', 'com.google.android.gms.auth.GoogleSignInAccount@3f2a1b', 'the name of an object', 'idToken'],
    ['a task of Android', 'com.google.android.gms.tasks.zzw@1ae', 'the name of an object', 'idToken'],
    ['an object in JSON', '{"idToken":"[object Object]"}', 'the name of an object', 'idToken'],
    ['an empty object in JSON', '{"idToken":{}}', 'without an ID token', 'serverClientId'],
    ['an empty object', '{}', 'a missing value', 'Print the token itself'],
    ['a pointer', '0xc0000140a0', 'the name of an object', 'idToken'],
    ['a pending promise', 'Promise { <pending> }', 'the name of an object', 'idToken'],
    ['a function', '[AsyncFunction: getIdToken]', 'the name of an object', 'idToken'],
    ['a task of C#', 'System.Threading.Tasks.Task`1[System.String]', 'the name of an object', 'idToken'],
    ['decoded claims', JSON.stringify(claims, null, 2), 'This is the decoded claims of a token', 'three parts'],
    [
      'decoded claims of Python',
      JSON.stringify(claims).replaceAll('"', "'"),
      'the decoded claims of a token',
      'before it was decoded',
    ],
    ['decoded claims of Go', `map[aud:${claims.aud} exp:1 iss:${claims.iss}]`, 'the decoded claims', 'three parts'],
    ['decoded claims of Ruby', `{"iss"=>"${claims.iss}", "aud"=>"${claims.aud}"}`, 'the decoded claims', 'three'],
    ['decoded claims in lines', `iss: ${claims.iss}\naud: ${claims.aud}\nsub: 1`, 'the decoded claims', 'three parts'],
    ['decoded claims in a table', `iss\t${claims.iss}\naud\t${claims.aud}`, 'the decoded claims', 'three parts'],
    ['decoded claims without an audience', JSON.stringify({ iss: claims.iss, sub: '1' }), 'the decoded', 'three parts'],
    ['a decoded header', '{"alg":"RS256","kid":"k1","typ":"JWT"}', 'the decoded header of a token', 'three parts'],
    [
      'several tokens',
      `${token}\n\n${jwt({ iss: issuers[0], aud: 'other' })}`,
      'The text has 2 different tokens',
      'Pass only the ID token',
    ],
  ])('%s', async (_, pasted, cause, fix) => {
    const failure = await failureOf(() => refuseOtherToken(findIdToken(outsideText(pasted), issuers), issuers))
    expect([failure.code, failure.exitCode]).toEqual(['id_token_invalid', 6])
    expect(failure.causeText).toContain(cause)
    expect(failure.fix).toContain(fix)
    for (const secret of [accessToken, refreshToken, code, token.slice(0, 60), 'GOCSPX-a', 'aB3dEaB3dE'])
      expect(`${failure.message} ${failure.fix} ${JSON.stringify(failure.details)}`).not.toContain(secret)
  })

  test('unless it is of the expected issuer', () => {
    const issuer = 'https://securetoken.google.com/p'
    const pasted = jwt({ iss: issuer, aud: 'p' })
    expect(() => refuseOtherToken(findIdToken(pasted, [issuer]), [issuer])).not.toThrow()
  })
})

test('a text that is made up to take long is read quickly enough', () => {
  for (const piece of [
    'eyJ ',
    'eyJ\n',
    'eyJhbGciOiJub25lIn0.\n',
    '%25%25',
    'a\n',
    '> ',
    'idToken: ',
    '"\n"a',
    "' +      ",
    '=\n',
    '=3D',
  ])
    expect(() => find(piece.repeat((250 * 1024) / piece.length))).not.toThrow('not to be reached')
})
