import { describe, expect, test } from 'vitest'
import { outsideText } from '../../src/core/outside-text.ts'
import { parsePastedCode } from '../../src/oauth/pasted-code.ts'
import { failureOf } from '../support/failure-of.ts'

const code = '4/0AMadeUpByTheTests_3dPzJ7rTuQwErTyUiOpAsDfGhJkLzXcVb-Nm1234567890abcdef'
const other = code.replace('MadeUp', 'Second')
const encoded = encodeURIComponent(code)
const app = 'https://app.example/callback'
const url = `${app}?code=${encoded}&state=xyz&scope=email`
const [first, second, third] = [code.slice(0, 30), code.slice(30, 55), code.slice(55)]
const parse = (pasted: string): ReturnType<typeof parsePastedCode> => parsePastedCode(outsideText(pasted))
const json = (value: unknown): string => JSON.stringify(value)

/** Returns what gsa exchange does with a text without options: the redirect URI that it sends, or that it asks. */
function outcome(pasted: string): string {
  const found = parse(pasted)
  expect(found.code.reveal()).toBe(code)
  if (found.origin === undefined || found.origin === 'android' || found.origin === 'ios') return 'sent with none'
  if (found.redirectUri !== undefined) return `sent with ${found.redirectUri}`
  return `asked${found.candidates.map((uri) => ` ${uri}`).join('')}`
}

async function refusal(pasted: string): Promise<string> {
  const failure = await failureOf(() => parse(pasted))
  expect(failure.code).toMatch(/^code_(?:malformed|missing)$/)
  return failure.message
}

describe('gsa names a secret or an ID of another kind:', () => {
  test.each([
    ['client_secret=GOCSPX-MadeUpByTheTests12345678', 'client secret'],
    ['client_secret:GOCSPX-MadeUpByTheTests12345678', 'client secret'],
    ['refresh_token=1//0gMadeUpByTheTests-12345', 'refresh token'],
    ['"refresh_token":"1//0gMadeUpByTheTests-12345"', 'refresh token'],
    ['access_token=ya29.a0MadeUpByTheTests', 'access token'],
    ['Bearer:ya29.a0MadeUpByTheTests', 'access token'],
    ['id_token=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'signed token'],
    ['device_code=AH-1NgMadeUpByTheTests1234567', 'device code'],
    ['user_code=ABCD-EFGH', 'user code'],
    ['abcd-efgh', 'user code'],
    ['1/MadeUpByTheTests_1234567890-abcdefghijklmnop', 'refresh token'],
    ['/home/ada/client_secret.json', 'file'],
    ['./code.txt', 'file'],
    ['~/code.txt', 'file'],
    [String.raw`C:\Users\ada\code.txt`, 'file'],
    ['code.txt', 'file'],
    ['ghp_MadeUpByTheTests1234567890abcdefghij', 'GitHub'],
    ['sk_live_MadeUpByTheTests1234567890', 'Stripe'],
    ['TOKEN=ghp_MadeUpByTheTests1234567890abcdefghij', 'GitHub'],
    ['code_verifier=MadeUpByTheTestsMadeUpByTheTestsMadeUpByTheTests', 'code_verifier'],
    ['state=MadeUpByTheTests12345', 'state'],
    ['nonce:MadeUpByTheTests12345', 'nonce'],
    ['password=correct-horse', 'password'],
  ])('%s: %s', async (pasted, kind) => {
    expect(await refusal(pasted)).toContain(kind)
  })
})

describe('gsa refuses two codes in', () => {
  test.each([
    ['two members of one name', `{"code":"${code}","code":"${other}"}`],
    ['two members of one name, deeper', `{"data":{"code":"${code}","code":"${other}"}}`],
    ['two members of nearly one name', `{"code":"${code}","Code":"${other}"}`],
    ['JSON of another name', json({ serverAuthCode: code, oauthCode: other })],
    ['two names of a form', `authCode=${encoded}&code=${encodeURIComponent(other)}`],
    ['a query and a fragment', `${app}?code=${encoded}#code=${encodeURIComponent(other)}`],
    ['a query and a fragment in a text', `see ${app}?code=${encoded}#state=a&code=${encodeURIComponent(other)} now`],
    ['form text in two cases', `code=${encoded}&Code=${encodeURIComponent(other)}`],
    ['JSON of another server', '{"code":"SplxlOBeZQQYbYS6WxSbIA","Code":"TplxlOBeZQQYbYS6WxSbIB"}'],
    ['form text of another server', 'authCode=SplxlOBeZQQYbYS6WxSbIA&code=TplxlOBeZQQYbYS6WxSbIB'],
    ['form text with an encoded name', `code=${encoded}&c%6Fde=${encodeURIComponent(other)}`],
    [
      'a safe link and beside it',
      `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05&code=${encodeURIComponent(other)}`,
    ],
  ])('%s', async (_, pasted) => {
    expect(await refusal(pasted)).toMatch(/two codes|several codes/)
  })

  test('but not two copies of one', () => {
    expect(outcome(`{"code":"${code}","Code":"${encoded}"}`)).toBe('sent with none')
    expect(outcome(`authCode=${encoded}&code=${encoded}`)).toBe('sent with none')
    expect(outcome(`${code}\n${encoded}`)).toBe('sent with none')
  })

  test('and two redirect URIs', () => {
    expect(outcome(`{"code":"${code}","redirect_uri":"${app}","redirect_uri":"https://b.example/cb"}`)).toBe(
      `asked ${app} https://b.example/cb`,
    )
  })
})

describe('a code ends at', () => {
  test.each([
    ['a rule', `${code}\n-----`],
    ['a double rule', `${code}\n=====`],
    ['underscores', `${code}\n________`],
    ['asterisks', `${code}\n* * *`],
    ['front matter', `---\ncode: ${code}\n---`],
    ['a boundary', `--b1946ac9\nContent-Disposition: form-data; name="code"\n\n${code}\n--b1946ac9--`],
    ['a boundary of a browser', `${code}\n------WebKitFormBoundary7MA4YWxkTrZu0gW--`],
    ['the end of a PEM', `${code}\n-----END-----`],
    ['a word', `serverAuthCode: ${code}\nDone`],
    ['a greeting', `${code}\nThanks`],
    ['a signature', `${code}\n-- \nBob`],
    ['a prompt of a shell', `${code}\n$ `],
    ['a prompt of PowerShell', `${code}\nPS C:\\Users\\ada> `],
    ['the mark of zsh', `${code}%`],
    ['the mark of zsh in its own line', `${code}\n%`],
    ['the mark of zsh before its prompt', `${code}%\nada@mac ~ % `],
    ['a boundary before another part', `--b\n\n${code}\n--b\nContent-Disposition: form-data; name="x"\n\n1\n--b--`],
    ['a sentence', `${code}\nplease exchange it, thanks`],
    ['the next entry of a log', `D/SignIn: ${code}\nD/SignIn: 110248495921238986420`],
    ['its own encoded copy', `${code}\n${encoded}`],
  ])('%s', (_, pasted) => {
    expect(outcome(pasted)).toBe('sent with none')
  })

  test.each([
    ['a word', `${url}\nbye`],
    ['a signature', `${url}\n-- \nBob`],
    ['a rule', `${url}\n-----`],
  ])('%s after an address', (_, pasted) => {
    expect(outcome(pasted)).toBe(`sent with ${app}`)
  })

  test.each([
    ['an ID', `${code}\n110248495921238986420`],
    ['a UUID', `${code}\n3f2504e0-4f89-11d3-9a0c-0305e82c3301`],
    ['a hash', `${code}\nd41d8cd98f00b204e9800998ecf8427e`],
    ['a request ID', `code: ${code}\nreq-8f14e45f`],
    ['a word after a short code', `${code.slice(0, 40)}\ndone`],
    ['a number', `${code}\n42`],
    ['the last character', `${code.slice(0, -1)}\n${code.slice(-1)}`],
  ])('or gsa refuses what may go on: %s', async (_, pasted) => {
    expect(await refusal(pasted)).toContain('may go on')
  })
})

describe('a code over several lines is joined without', () => {
  test.each([
    ['quotes of a mail', '> '],
    ['quotes of a quoted mail', '> > '],
    ['quotes without space', '>> '],
    ['a comment', '// '],
    ['a comment of a shell', '# '],
    ['a comment of SQL', '-- '],
    ['a comment of Java', ' * '],
    ['a border', '| '],
    ['the name of a container', 'web-1  | '],
    ['a tag of Flutter', 'I/flutter (12345): '],
    ['a tag of logcat', '01-02 08:24:35.100  82  90 I Unity   : '],
    ['an indent', '    '],
    ['the name of a program', 'app: '],
    ['the name of a program in brackets', '[web] '],
    ['a list', '- '],
  ])('%s', (_, prefix) => {
    expect(outcome([first, second, third].map((part) => `${prefix}${part}`).join('\n'))).toBe('sent with none')
    expect(outcome(`${prefix}code: ${first}\n${prefix}${second}\n${prefix}${third}`)).toBe('sent with none')
  })

  test.each([
    ['a box', `+${'-'.repeat(32)}+\n| ${first} |\n| ${second}      |\n| ${third}  |\n+${'-'.repeat(32)}+`],
    ['line numbers', `1 ${first}\n2 ${second}\n3 ${third}`],
    ['line numbers with a colon', `12: ${first}\n13: ${second}\n14: ${third}`],
    ['blank lines', `${first}\n\n${second}\n\n${third}`],
    ['string joins', `'${first}' +\n  '${second}' +\n  '${third}'`],
    ['string joins with dots', `code = "${first}" .\n  "${second}" .\n  "${third}"`],
    ['adjacent strings', `("${first}"\n "${second}"\n "${third}")`],
    ['folded YAML', `code: >-\n  ${first}\n  ${second}\n  ${third}\nother: x`],
    ['continued lines of a shell', `${first}\\\n${second}\\\n${third}`],
    ['arrows', `${first}↩\n${second}↩\n${third}`],
  ])('%s', (_, pasted) => {
    expect(outcome(pasted)).toBe('sent with none')
  })

  test.each([
    ['an array of parts', `["${first}",\n"${second}",\n"${third}"]`],
    ['an array in one line', `["${first}", "${second}", "${third}"]`],
    ['a patch', `+ ${first}\n+ ${second}\n+ ${third}`],
    ['a table', `| code | ${first} |\n|      | ${second} |\n| state | x |`],
    ['unknown prefixes', `1) app=7 ${first}\n2) app=7 ${second}\n3) app=7 ${third}`],
  ])('or refused: %s', async (_, pasted) => {
    expect(await refusal(pasted)).toMatch(/may go on/)
  })
})

describe('gsa refuses a shortened code:', () => {
  test.each([
    `"${code}"...`,
    `'${code}'…`,
    `code: "${code}"...`,
    `${code} (truncated)`,
    `${code} [truncated]`,
    `${code}<...>`,
    `${code} <...>`,
    `${code}[...]`,
    `"${code}"+53 more`,
    `"${code}" + 53 more characters`,
    `'${code}'... 53 more characters`,
    `${code} ... (53 more)`,
    `${code}...`,
    `serverAuthCode: ${code} ...`,
    `${code.slice(0, 40)}>`,
    `${code}...(53 bytes)`,
    `code=${code} (cut)`,
    `${code.slice(0, 50)}[23 more]`,
    `${code.slice(0, 50)} —truncated—`,
    `...${code.slice(10)}`,
  ])('%s', async (pasted) => {
    expect(await refusal(pasted)).toContain('shortened')
  })
})

describe('a code with the parameters of a redirect needs its redirect URI, with', () => {
  const rest = ' '.repeat(3000)
  test.each([
    ['state outside', json({ query: { code }, state: 'x' })],
    ['state in a list of objects', json([{ code }, { state: 'x' }])],
    ['state in another object', json({ data: { code }, meta: { state: 'x' } })],
    ['state that is null', json({ code, state: null })],
    [
      'names and values in lists',
      json([
        ['code', code],
        ['state', 'x'],
      ]),
    ],
    ['a PowerShell table', `code${rest.slice(0, 70)} state\n----${rest.slice(0, 70)} -----\n${code} abc`],
    ['a row of psql', ` code | state\n------+-------\n ${code} | abc\n(1 row)`],
    ['a record of psql', `-[ RECORD 1 ]\ncode  | ${code}\nstate | abc`],
    ['CSV', `code,state\n${code},abc`],
    ['CSV with quotes', `"code","state"\n"${code}","abc"`],
    ['a list of Redis', `1) "code"\n2) "${code}"\n3) "state"\n4) "abc"`],
    ['PHP arrays in a form', `code[]=${encoded}&state[]=abc`],
    ['PHP serialize', `a:2:{s:4:"code";s:${code.length}:"${code}";s:5:"state";s:3:"abc";}`],
    [
      'a dump of Swift',
      `▿ 2 key/value pairs\n  ▿ (2 elements)\n    - key: "code"\n    - value: "${code}"\n  ▿ (2 elements)\n    - key: "state"\n    - value: "abc"`,
    ],
    ['binaries of Erlang', `[{<<"code">>,<<"${code}">>},{<<"state">>,<<"abc">>}]`],
    ['R', `$code\n[1] "${code}"\n\n$state\n[1] "abc"\n`],
    ['an HTML table', `<tr><td>code</td><td>${code}</td></tr><tr><td>state</td><td>abc</td></tr>`],
    ['HTML inputs', `<input value="${code}" name="code"><input value="abc" name="state">`],
    ['a plist', `<dict><key>code</key><string>${code}</string><key>state</key><string>abc</string></dict>`],
    ['Markdown', `**code**: ${code}\n**state**: abc`],
    ['Markdown with the colon within', `- **code:** ${code}\n- **state:** abc`],
    ['names with a prefix', `oauth_code: ${code}\noauth_state: abc`],
    ['names in camel case', `oauthCode=${code} oauthState=abc`],
    ['authUser', `{ code: '${code}', authUser: 0 }`],
    ['auth_user', `code=${code} auth_user=0`],
    ['words', `code ${code} state abc`],
    ['a sentence', `the code is ${code}, the state is abc`],
    ['a space before &', `${code} &state=abc`],
    ['state far away', `code: ${code}\n${rest}\nstate: abc`],
    ['a verifier', `authorizationCode: ${code}, codeVerifier: MadeUpByTheTestsMadeUpByTheTestsMadeUpByTheTests`],
    ['a verifier as JSON', json({ authCode: code, code_verifier: 'MadeUpByTheTestsMadeUpByTheTestsMadeUpByTheTests' })],
    ['an issuer', `code: ${code}\niss: https://accounts.google.com`],
    ['session_state', `code=${code}, session_state=abc`],
    ['variables', `GOOGLE_AUTH_CODE=${code}\nGOOGLE_AUTH_STATE=abc`],
    ['Lisp', `((code . "${code}") (state . "abc"))`],
    ['Haskell', `fromList [("code","${code}"),("state","abc")]`],
    ['XML', `<response code="${code}" state="abc"/>`],
    ['MySQL', `+------+-------+\n| code | state |\n+------+-------+\n| ${code} | abc |\n+------+-------+`],
    [
      'form data',
      `--b\nContent-Disposition: form-data; name="code"\n\n${code}\n--b\nContent-Disposition: form-data; name="state"\n\nabc\n--b--`,
    ],
    ['a request with PHP names', `$_GET['code'] = '${code}'\n$_GET['state'] = 'abc'`],
  ])('%s', (_, pasted) => {
    expect(outcome(pasted)).toBe('asked')
  })

  test.each([
    ['a label of the SDKs', `state: ready\nserverAuthCode: ${code}`],
    ['JSON of the SDKs', json({ result: { serverAuthCode: code }, state: 'signedIn' })],
    ['null', json({ serverAuthCode: code, state: null })],
    ['a word of a sentence', `In this state I get the code ${code}`],
    ['a log', `D/Auth: the prompt was shown\nD/Auth: ${code}`],
  ])('but not beside %s', (_, pasted) => {
    expect(outcome(pasted)).toBe('sent with none')
  })
})

describe('an address beside a code is', () => {
  test.each([
    ['a label', `Callback URL: ${app}\nCode: ${code}`],
    ['a parameter', `callback_url=${app} code=${code}`],
    ['a name in camel case', `callbackUrl: '${app}', code: '${code}'`],
    ['JSON', json({ code, callbackUrl: app })],
    ['redirect_url', `redirect_url=${app} code=${code}`],
    ['JSON with redirectUrl', json({ code, redirectUrl: app })],
    ['Swift', `redirectURL: Optional(${app}), code: "${code}"`],
    ['a table', `redirect_uri ${app}\ncode ${code}`],
    ['a sentence', `The redirect URI is ${app}. The code is ${code}`],
    ['Redirect URL', `Redirect URL: ${app}\nAuthorization code: ${code}`],
  ])('the redirect URI with the label of %s', (_, pasted) => {
    expect(outcome(pasted)).toBe(`sent with ${app}`)
  })

  test.each([
    ['JSON of a request', json({ url: app, params: { code } })],
    ['a command', `curl -G ${app} -d code=${code}`],
    ['a command with data', `curl -G ${app} --data-urlencode code=${code} --data-urlencode state=abc`],
    ['Python', `requests.get("${app}", params={"code": "${code}"})`],
    ['a sentence', `I was sent to ${app} and the code was ${code}`],
    ['a log', `[app] ${app} loaded\n[app] code=${code}`],
  ])('a candidate in %s', (_, pasted) => {
    expect(outcome(pasted)).toBe(`asked ${app}`)
  })

  test.each([
    ['the token endpoint', `curl https://oauth2.googleapis.com/token -d code=${encoded}`],
    ['an issuer', `serverAuthCode: ${code}, iss=https://accounts.google.com`],
    ['documentation', `${code}\nsee https://developers.google.com/identity/sign-in/android/offline-access`],
    ['documentation of a library', `${code}\n// https://docs.flutter.dev/x https://pub.dev/packages/google_sign_in`],
    ['scopes', `serverAuthCode: ${code}, scopes: [https://www.googleapis.com/auth/drive.appdata]`],
    ['a backend', `POST https://api.example/login serverAuthCode=${code}`],
    ['a backend of an authCode', `POST https://api.example/login authCode=${code}`],
    ['a backend in a log', `D/Http: POST https://api.example/login\nD/Auth: ${code}`],
    ['a picture', json({ serverAuthCode: code, photoUrl: 'https://lh3.googleusercontent.com/a/x' })],
  ])('nothing if it is that of %s', (_, pasted) => {
    expect(outcome(pasted)).toBe('sent with none')
  })

  test.each([
    ['an ellipsis', `redirect_uri: https://app.exam…\ncode: ${code}`],
    ['dots', `redirect_uri=https://app.example/oa... code=${code}`],
    ['dots in JSON', json({ code, redirect_uri: 'https://app.example/oa...' })],
    ['dots in an address', `https://app.example/oa...?code=${encoded}&state=x`],
    ['an ellipsis in a query', `redirect_uri=https://app.exam…&code=${encoded}`],
    ['a line break', `redirect_uri: https://app.example/oa\nuth/cb\ncode: ${code}`],
    ['a variable', `fetch_token(code='${code}', redirect_uri=REDIRECT_URI)`],
    ['an empty one next to state', `redirect_uri: ''\ncode: ${code}\nstate: xyz`],
    ['an empty one next to state in JSON', json({ redirect_uri: '', code, state: 'xyz' })],
  ])('not sent if it is shortened or empty: %s', (_, pasted) => {
    expect(outcome(pasted)).toBe('asked')
  })
})

describe('an address is read in the notation of', () => {
  test.each([
    ['cmd', `curl ${url.replaceAll('&', '^&')}`],
    ['Slack', `<${url}|${app}>`],
    ['Slack, in a sentence', `I got <${url.replaceAll('&', '&amp;')}|this link> back`],
    ['a continued line', `curl -v \\\n  '${url.slice(0, 60)}\\\n${url.slice(60)}'`],
    ['guillemets', `«${url}»`],
    ['a link of a terminal', `\u001b]8;;${url}\u001b\\click here\u001b]8;;\u001b\\`],
    [
      'a mail',
      `Content-Transfer-Encoding: quoted-printable\n\n${url.replaceAll('=', '=3D').replace('state', 'sta=\nte').replaceAll('/', '=2F')}`,
    ],
    ['a safe link', `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05`],
  ])('%s', (_, pasted) => {
    expect(outcome(pasted)).toBe(`sent with ${app}`)
  })

  test('and a code in guillemets', () => {
    expect(outcome(`«${code}»`)).toBe('sent with none')
    expect(outcome(`serverAuthCode : «${code}»`)).toBe('sent with none')
    expect(
      outcome(`Content-Transfer-Encoding: quoted-printable\n\n${code.replace('/', '=2F').replace('ErTy', 'Er=\nTy')}`),
    ).toBe('sent with none')
  })

  test('never as that of a safe link', () => {
    const link = 'https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fapp.example%2Fcallback'
    expect(outcome(`${link}&code=${encoded}`)).toBe(`asked ${app}`)
  })
})
