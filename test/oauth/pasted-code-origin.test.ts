import { describe, expect, test } from 'vitest'
import { outsideText } from '../../src/core/outside-text.ts'
import { parsePastedCode } from '../../src/oauth/pasted-code.ts'
import { valueOrFailure } from '../fuzz/property.ts'
import { failureOf } from '../support/failure-of.ts'

const code = '4/0AMadeUpByTheTests_3dPzJ7rTuQwErTyUiOpAsDfGhJkLzXcVb-Nm1234567890abc'
const other = code.replace('MadeUp', 'Second')
const encoded = encodeURIComponent(code)
const twice = encodeURIComponent(encoded)
const parse = (pasted: string): ReturnType<typeof parsePastedCode> => parsePastedCode(outsideText(pasted))
const escaped = (value: unknown): string => JSON.stringify(value)

const local = 'http://localhost:8085/cb'
const query = `?state=xyz&code=${encoded}&scope=email%20profile&authuser=0&prompt=consent`
const url = `${local}${query}`

describe('an address in a text supplies the redirect URI:', () => {
  test.each([
    ['angle brackets', `<${url}>`],
    ['Markdown', `[link](${url})`],
    ['Markdown with the address as its text', `[${url}](${url})`],
    ['bold text', `**${url}**`],
    ['a command', `$ curl -v "${url}"`],
    ['a command in PowerShell', `Invoke-WebRequest -Uri '${url}' -UseBasicParsing`],
    ['a label', `Callback URL: ${url}\nCallback path: /cb${query}`],
    ['a sentence', `It stopped at ${url}.`],
    ['HTML', `<a href="${url.replaceAll('&', '&amp;')}">here</a>`],
    ['HTML, escaped twice', url.replaceAll('&', '&amp;amp;')],
    ['a report of an exception', `  * URL : ${url}\n  * Parameters: {"state"=>"xyz", "code"=>"${code}"}`],
    ['a safe link', `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05%7C02`],
    [
      "a browser's message",
      `This site can't be reached\nlocalhost refused to connect.\n${url}\nERR_CONNECTION_REFUSED`,
    ],
    ['JSON', escaped({ event: 'redirect', url })],
    ['JSON in a log', escaped({ message: escaped({ url }) })],
    ['a log of Node', `[Object: null prototype] { code: '${code}', state: 'xyz' } from ${url}`],
    ['a text without the scheme', url.slice('http://'.length)],
    ['an encoded copy', encodeURIComponent(url)],
    ['a link to log in first', `https://login.example/?next=${encodeURIComponent(url)}`],
    ['a terminal that wraps within the code', `${url.slice(0, 60)}\n${url.slice(60)}`],
    ['a terminal that wraps before an ampersand', url.replace('&scope', '\n&scope')],
    ['a terminal that wraps after code=', url.replace('code=', 'code=\n')],
    ['a terminal that wraps within a name', url.replace('code=', 'co\nde=')],
    [
      'a terminal that wraps in a text',
      `Redirected:\n${url.slice(0, 60)}\n${url.slice(60, 120)}\n${url.slice(120)}\n\nDone.`,
    ],
    ['a frame', `│ ${url.slice(0, 60)} │\n│ ${url.slice(60)} │`],
    ['a mail with soft line breaks', `Hello=21\n${url.replaceAll('=', '=3D').replace('&code', '=\n&code')}`],
    ['several copies in two encodings', `${url}\n${url.replace(encoded, code)}`],
    ['a code beside it', `${url}\ncode: ${code}`],
    ['its fragment', `<${local}#code=${encoded}&state=xyz>`],
    ['HTTP with an address in its first line', `GET ${url} HTTP/1.1\nHost: localhost:8085`],
    [
      'the request before it',
      `Open https://accounts.google.com/o/oauth2/v2/auth?response_type=code&redirect_uri=${encodeURIComponent(local)}&state=xyz\nEnter the authorization code: ${code}`,
    ],
    [
      'a token request',
      `code=${encoded}&client_id=1&redirect_uri=${encodeURIComponent(local)}&grant_type=authorization_code`,
    ],
    ['a token request as JSON', escaped({ code, grant_type: 'authorization_code', redirect_uri: local })],
    [
      'a token request in a command',
      `curl https://oauth2.googleapis.com/token -d code=${encoded} -d redirect_uri=${local} -d client_id=1`,
    ],
    ['a token request in Python', `flow.fetch_token(code='${code}', redirect_uri='${local}')`],
    ['a dump with the redirect URI', `Array\n(\n [code] => ${code}\n [state] => x\n)\nRedirect URI: ${local}`],
  ])('%s', (_, pasted) => {
    const found = parse(pasted)
    expect(found.code.reveal()).toBe(code)
    expect(found).toMatchObject({ origin: 'desktop', redirectUri: local })
    expect(found.allows).not.toContain('android')
  })

  test.each([
    [`https://app.example/cb?code=${encoded}`, 'https://app.example/cb'],
    [`https://app.example/cb?tenant=7&code=${encoded}&state=1`, 'https://app.example/cb?tenant=7'],
    [`see http://[::1]:80/cb?code=${encoded}`, 'http://[::1]:80/cb'],
    [`com.example.app:/oauth2?code=${encoded}&state=1`, 'com.example.app:/oauth2'],
    [`<https://app.example/cb/?code=${encoded}_>`, 'https://app.example/cb/'],
    [`${local}?code=${encoded}&state={"a":"b c"}`, local],
  ])('%s', (pasted, redirectUri) => {
    expect(parse(pasted)).toMatchObject({ redirectUri })
  })

  test('the request says itself that it is empty, or postmessage', () => {
    const request = `curl https://oauth2.googleapis.com/token -d code=${encoded} -d grant_type=authorization_code`
    for (const empty of ['-d redirect_uri=', '-d "redirect_uri=" -d a=b', "-d redirect_uri='' "])
      expect(parse(`${request} ${empty}`)).toMatchObject({ redirectUri: '', allows: ['android', 'ios'] })
    expect(parse(`{"code":"${code}","redirect_uri":""}`)).toMatchObject({ redirectUri: '' })
    expect(parse(`${request} -d redirect_uri=postmessage`)).toMatchObject({ origin: 'web-popup' })
    expect(parse(`{'code': '${code}', 'redirect_uri': 'postmessage'}`)).toMatchObject({ origin: 'web-popup' })
  })

  test.each([
    ['two addresses', `https://app.example/cb?code=${encoded}\nhttp://10.0.0.3:8080/cb?code=${encoded}`],
    ['an address and another redirect_uri', `${url} redirect_uri=https://app.example/cb`],
  ])('not if there are several: %s', (_, pasted) => {
    const { redirectUri, candidates } = parse(pasted)
    expect(redirectUri).toBeUndefined()
    expect(candidates).toHaveLength(2)
  })

  test('a browser adds the slash after a host, which the request may not have', () => {
    const { redirectUri } = parse(`http://localhost:8085/?code=${encoded} redirect_uri=http://localhost:8085`)
    expect(redirectUri).toBe('http://localhost:8085')
  })
})

describe('a dump of a redirect needs its redirect URI:', () => {
  test.each([
    ['a query', `?code=${encoded}&scope=email`],
    ['form text', `code=${encoded}&state=xyz`],
    ['a code with what followed it', `${code}&authuser=0&prompt=none`],
    ['an access log', `198.51.100.7 - - [01/Feb/2026:10:00:00 +0000] "GET /cb${query} HTTP/2.0" 302 0 "-" "curl/8"`],
    ['a request', `GET /cb?code=${encoded} HTTP/1.1\nHost: app.example\nAccept: */*`],
    ['a path', `/cb?code=${encoded}`],
    ['a host without a scheme', `app.example/cb?code=${encoded}`],
    ["Rails' log", `Started GET "/cb${query}" for 198.51.100.7 at 2026-02-01 10:00:00 +0000`],
    ['Rails', `  Parameters: {"state"=>"xyz", "code"=>"${code}", "scope"=>"email profile"}`],
    ['Rails, permitted', `#<ActionController::Parameters {"code"=>"${code}", "hd"=>"corp.example"} permitted: false>`],
    ['Ruby 3.4', `{"state" => "xyz", "code" => "${code}"}`],
    ['Ruby symbols', `{:code=>"${code}", :state=>"xyz"}`],
    ['PHP print_r', `Array\n(\n    [code] => ${code}\n    [scope] => email profile\n    [authuser] => 0\n)\n`],
    [
      'PHP var_dump',
      `array(2) {\n  ["state"]=>\n  string(3) "xyz"\n  ["code"]=>\n  string(${code.length}) "${code}"\n}`,
    ],
    [
      'PHP with Xdebug',
      `array (size=2)\n  'code' => string '${code}' (length=${code.length})\n  'prompt' => string 'none' (length=4)`,
    ],
    ['PHP var_export', `array (\n  'code' => '${code}',\n  'iss' => 'https://accounts.google.com',\n)`],
    ['Laravel', `array:3 [\n  "state" => "xyz"\n  "code" => "${code}"\n  "scope" => "email"\n]`],
    ['Phoenix', `%{"code" => "${code}", "state" => "xyz"}`],
    ['Erlang', `#{<<"code">> => <<"${code}">>,<<"state">> => <<"xyz">>}`],
    ['Django', `<QueryDict: {'state': ['xyz'], 'code': ['${code}'], 'scope': ['email openid']}>`],
    ['Flask', `ImmutableMultiDict([('state', 'xyz'), ('code', '${code}'), ('prompt', 'none')])`],
    ['Starlette', `QueryParams('state=xyz&code=${encoded}&scope=email')`],
    ['aiohttp', `<MultiDictProxy('state': 'xyz', 'code': '${code}')>`],
    ['Tornado', `{'code': [b'${code}'], 'authuser': [b'0']}`],
    ['a Python dict', `{'code': '${code}', 'scope': 'email profile openid'}`],
    ['Go', `2026/02/01 10:00:00 map[authuser:[0] code:[${code}] state:[xyz]]`],
    ['Go with types', `url.Values{"code":[]string{"${code}"}, "state":[]string{"xyz"}}`],
    ['a Go struct', `{Code:${code} State:xyz}`],
    ['a Java map', `{code=${code}, state=xyz}`],
    ['a map of Spring', `{state=[xyz], code=[${code}], scope=[email profile]}`],
    ['Kotlin', `Callback(code=${code}, state=xyz, scope=email profile)`],
    ['Ktor', `Parameters [state=[xyz], code=[${code}]]`],
    ['Scala', `Map(code -> List(${code}), state -> List(xyz))`],
    ['C#', `[state, xyz]\n[code, ${code}]\n[scope, email profile]`],
    ['C# with names', `{ Key = code, Value = ${code} }\n{ Key = state, Value = xyz }`],
    ['Rust', `AuthRequest { code: "${code}", state: "xyz" }`],
    ['a Rust map', `{"state": "xyz", "code": "${code}"}`],
    ['Rust with options', `Query(Callback { code: Some("${code}"), scope: Some("email"), state: None })`],
    ['Node', `URLSearchParams { 'code' => '${code}', 'state' => 'xyz' }`],
    ["Node's entries", `[ [ 'code', '${code}' ], [ 'authuser', '0' ] ]`],
    ['Express', `[Object: null prototype] {\n  state: 'xyz',\n  code: '${code}'\n}`],
    ['Swift', `[state=xyz, code=${code}, scope=email]`],
    [
      'Objective-C',
      `<NSURLQueryItem 0x6000> {name = code, value = ${code}}, <NSURLQueryItem 0x6001> {name = state, value = x}`,
    ],
    ['Dart', `{code: ${code}, scope: email profile, authuser: 0}`],
    ['Clojure', `{:state "xyz", :code "${code}"}`],
    ['Perl', `$VAR1 = {\n          'code' => '${code}',\n          'state' => 'xyz'\n        };`],
    ['Lua', `{ ["code"] = "${code}", ["state"] = "xyz" }`],
    ['PowerShell', `code     : ${code}\nstate    : xyz`],
    ['logfmt', `level=info state=xyz code=${code}`],
    ['a table', `state\txyz\ncode\t${code}`],
    ['lines in turn', `state\nxyz\ncode\n${code}\nscope\nemail`],
    ['a sentence', `The callback received the code '${code}' with the state 'xyz'.`],
    ['a dictionary of Swift', `[AnyHashable("code"): "${code}", AnyHashable("state"): "xyz"]`],
    ['a Markdown table', `| code | ${code} |\n| state | xyz |`],
    ['developer tools', `state: xyz\ncode: ${code}\nscope: email profile`],
    ['a form in HTML', `<input name="state" value="xyz"><input name="code" value="${code}">`],
    ['JSON', escaped({ code, scope: 'email', state: 'xyz' })],
    ['JSON with an issuer', escaped({ code, scope: 'email', iss: 'https://accounts.google.com' })],
    ['JSON with lists', escaped({ code: [code], scope: ['email'] })],
    ['JSON of a request', escaped({ queryStringParameters: { code, scope: 'email' }, path: '/cb' })],
    [
      'a HAR file',
      escaped({
        queryString: [
          { name: 'code', value: code },
          { name: 'state', value: 'x' },
        ],
      }),
    ],
    ['a list as JSON', escaped([{ code, state: 'xyz' }])],
  ])('%s', (_, pasted) => {
    const found = parse(pasted)
    expect(found.code.reveal()).toBe(code)
    expect([found.origin, found.redirectUri]).toEqual(['web', undefined])
  })

  test('whose host is named without its scheme', () => {
    expect(parse(`GET /cb?code=${encoded} HTTP/1.1\nHost: app.example`).candidates).toEqual(['https://app.example/cb'])
    expect(parse(`app.example/cb?code=${encoded}`).candidates).toEqual(['https://app.example/cb'])
  })
})

describe('a code of the web pop-up is', () => {
  test.each([
    ['its response', escaped({ code, scope: 'email profile', authuser: '0', prompt: 'consent' })],
    ['its response without a prompt', escaped({ code, scope: 'email profile' })],
    ["Chrome's console", `{code: '${code}', scope: 'email profile', authuser: '0', prompt: 'none'}`],
    ["Firefox's console", `Object { code: "${code}", scope: "email", authuser: "0" }`],
    ['a log of the response', `codeResponse {\n  "code": "${code}",\n  "scope": "email",\n  "prompt": "none"\n}`],
  ])('%s', (_, pasted) => {
    const found = parse(pasted)
    expect(found.code.reveal()).toBe(code)
    expect([found.origin, found.redirectUri]).toEqual(['web-popup', 'postmessage'])
    expect(found.allows).toContain('web')
  })
})

describe('a code of a phone is', () => {
  test.each([
    ['Kotlin', `AuthorizationResult(serverAuthCode=${code}, accessToken=null, grantedScopes=[openid])`],
    ['Swift', `serverAuthCode: Optional("${code}")`],
    ['Flutter', `I/flutter ( 1234): GoogleSignInServerAuthorization{serverAuthCode: ${code}}`],
    ['React Native', ` LOG  {"serverAuthCode": "${code}", "scopes": ["email"], "user": {"state": "x"}}`],
    ['Capacitor', `⚡️  TO JS {"result":{"serverAuthCode":"${code}","responseType":"offline"}}`],
    [
      'Unity',
      `01-02 08:24:35.100  82  90 I Unity   : Server auth code: ${code}\n01-02 08:24:35.100  82  90 I Unity   : done`,
    ],
    ['JSON in a log', `D/Auth: ${escaped(escaped({ serverAuthCode: code, state: 'signedIn' }))}`],
    ['a request to a backend', `POST https://api.example/login?serverAuthCode=${encoded}`],
    ['Python', `{'server_auth_code': '${code}', 'state': 'x'}`],
  ])('%s', (_, pasted) => {
    const found = parse(pasted)
    expect(found.code.reveal()).toBe(code)
    expect([found.origin, found.redirectUri]).toEqual(['android', undefined])
    expect(found.allows).not.toContain('web')
  })
})

describe('one code is found in', () => {
  test.each([
    ['two encodings', `${code}\n${encoded}\n${twice}`],
    ['a double paste', `${code}${code}`],
    ['repeated lines', `D/A: ${code}\nD/B: ${code}`],
    ['a log that also shortens it', `sending ${code.slice(0, 20)}...\nserverAuthCode: ${code}`],
    ['JSON with a status code', escaped({ code: 0, data: { authCode: code } })],
    ['a text with an error code', `error code: 10, then serverAuthCode: ${code}`],
    ['a list', `'code': ['${code}']`],
    ['a sentence', `The code is ${code}.`],
    ['a fence', `\`\`\`\n${code}\n\`\`\``],
    ['parentheses', `(${code})`],
    ['bold text', `**${code}**`],
    ['three lines', `${code.slice(0, 25)}\n${code.slice(25, 50)}\n${code.slice(50)}`],
    ['UTF-16', code],
  ])('%s', (_, pasted) => {
    expect(parse(pasted).code.reveal()).toBe(code)
  })

  test.each([
    '4/P7q7W91a-oMsCeLvIaQm6bTrgtp7',
    'SplxlOBeZQQYbYS6WxSbIA',
    'a1b2-c3d4-e5f6-a7b8c9d0',
    'YWJjZGVmZ2hpamtsbW5vcA==',
  ])('itself, as other servers and older versions write it: %s', (text) => {
    expect(parse(text).code.reveal()).toBe(text)
  })
})

describe('gsa says what it is instead:', () => {
  test.each([
    ['GOCSPX-MadeUpByTheTests12345678', 'client secret'],
    ['WDJB-MJHT', 'user code'],
    ['ABC-DEF-GHIJ', 'user code'],
    ['AIzaMadeUpByTheTests1234567890abcdefghi', 'API key'],
    ['123456789012', 'project number'],
    ['urn:ietf:wg:oauth:2.0:oob', 'redirect URI'],
    ['ada@example.com', 'email'],
    [`${code}\n${other}`, 'several codes'],
    [`${code} ${other}`, 'several codes'],
    [`${code}${other}`, 'two codes'],
    [`serverAuthCode: ${code}\nserverAuthCode: ${other}`, 'several codes'],
    [`${code}\ndone`, 'line break'],
    [`${local}?state=x&code=${encoded.slice(0, 40)} ${encoded.slice(40)}&scope=email`, 'white space'],
    [`${local}?code=${encoded.slice(0, 40)} ${encoded.slice(40)}`, 'white space'],
    [`code: ${code.slice(0, 30)} ${code.slice(30)}`, 'white space'],
    [`code=${code.slice(0, 12)}****`, 'removed'],
    ['AUTHCODE: Success', 'Success'],
    ['serverAuthCode: null', 'null'],
    ['AuthorizationResult(serverAuthCode=null, accessToken=null)', 'null'],
    ['{code=[Ljava.lang.String;@1b2c3d, state=[Ljava.lang.String;@4e5f6a}', 'type'],
    ["Error: Network Error { code: 'ERR_NETWORK' }", 'ERR_NETWORK'],
    ['com.google.android.gms.common.api.ApiException: 10: ', 'text without'],
    ['{"device_code":"AH-1NMadeUpByTheTests123456","user_code":"WDJB-MJHT"}', 'device code'],
    ['{"access_token":"ya29.MadeUp","scope":"email"}', 'access token'],
    ['code=&state=xyz', 'empty'],
    ['code: \nstate: xyz', 'empty'],
  ])('%j: %s', async (pasted, expected) => {
    const failure = await failureOf(() => parse(pasted))
    expect(failure.code).toMatch(/^code_(?:malformed|missing)$/)
    expect(failure.message).toContain(expected)
    expect(failure.message).not.toContain(code.slice(8, 20))
  })
})

describe('the time is linear for many of', () => {
  test.each([
    'code=4/0A',
    'code: ',
    '"code"=>',
    'state=',
    '?code=x&',
    'redirect_uri=',
    '4/0AAAAAAAAAAAA ',
    'code=a\n',
    'x=\n',
    '%25',
    'Optional(',
    '((((',
    '4/0AMadeUp"+"',
    '4/0AMadeUp"\n"',
    'code: 4/0AMadeUpByTheTests\n',
    '4/0AMadeUpByTheTests ',
    '> https://a.example/cb?code=x&y=\n',
    'https://a.example/cb?code=4/0AMadeUp\n> x_',
    '"state" ',
    '| state ',
    'redirect_uri: https://a.example/ ',
    'https://a.example/ ',
    '[web] x_y\n',
    'a_b\n',
    'code state\n',
    '=2F=\n',
    '"code":"x",',
    '\\\n',
    '&',
  ])('%j', async (part) => {
    const pasted = part.repeat(Math.floor(65_000 / part.length))
    expect(await valueOrFailure(() => parse(pasted))).toSatisfy((found) => found !== null)
  })
})
