import { describe, expect, test } from 'vitest'
import { outsideText } from '../../src/core/outside-text.ts'
import { parsePastedResponse } from '../../src/oauth/pasted-response.ts'
import { failureOf } from '../support/failure-of.ts'

const request = {
  redirectUri: 'http://127.0.0.1:50231/aB3dE6gH9jK2mN5pQ8sT1w',
  state: 'stateStateStateStateStateStateStateStateSta',
  issuer: 'https://accounts.google.com',
}
const code = '4/0AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCdEfGhIjKlMnOpQrStUvWxYz012345'
const query = `?state=${request.state}&iss=https://accounts.google.com&code=${code}&scope=openid%20email&authuser=0&prompt=consent`
const address = `${request.redirectUri}${query}`
const bare = address.replace('http://', '')
const codeLast = `${request.redirectUri}?state=${request.state}&code=${code}`
const wrapped = (text: string, width: number, lineBreak = '\n'): string =>
  text.replace(new RegExp(`.{${width}}`, 'g'), `$&${lineBreak}`)

const quotedPrintable = (text: string): string => text.replaceAll('=', '=3D').replace(/[^\n]{75}/g, '$&=\r\n')

const codeOf = (pasted: string): string => {
  const response = parsePastedResponse(outsideText(pasted), request)
  return 'code' in response ? response.code.reveal() : JSON.stringify(response)
}

describe('the address of a finished login is found', () => {
  test.each([
    ['alone', address],
    ['with white space around it', ` \t\n${address}\n\n`],
    ['in quotes', `'${address}'`],
    ['in angle brackets', `<${address}>`],
    ['in a code fence', `\`\`\`\n${address}\n\`\`\``],
    ['in Markdown', `Then it opened [this page](${address}) and stopped.`],
    ['as Markdown code', `I get \`${address}\`, is that right?`],
    ['in a command', `curl -v "${address}" -H 'Accept: */*'`],
    ['in a command with escapes', `curl ${address.replace(/[?&=]/g, '\\$&')}`],
    ['in a command of Windows', `curl "${address.replaceAll('&', '^&')}"`],
    ['in a sentence', `My browser ended on ${address}.`],
    ['in a sentence that goes on', `The page ${address} cannot be opened (connection refused).`],
    ['before a sentence', `${address} is what I see in the address bar`],
    ['before a sentence, with the code at its end', `${codeLast} is what I see`],
    ['in JSON', JSON.stringify({ url: address })],
    ['in JSON that escapes ampersands', `{"url": "${address.replaceAll('&', String.raw`\u0026`)}"}`],
    ['in HTML', `<a href="${address.replaceAll('&', '&amp;')}">here</a>`],
    ['as HTML twice', address.replaceAll('&', '&amp;amp;')],
    ['in a log', `07-24 08:24:35.100  8218  8290 I chromium: Navigating to ${address}`],
    ['in a quoted mail', `> ${wrapped(address, 60, '\n> ')}`],
    ['in a box of a terminal', `│ ${wrapped(address, 60, ' │\n│ ')} │`],
    ['after the message of a browser', `localhost refused to connect.\n${address}\nERR_CONNECTION_REFUSED`],
    ['before the message of a browser', `${address}\n\nThis site can’t be reached\n127.0.0.1 refused to connect.`],
    [
      'beside the address that was opened',
      `https://accounts.google.com/o/oauth2/v2/auth?state=${request.state}&code_challenge=x\n${address}`,
    ],
    ['without a scheme', bare],
    ['without a scheme in a sentence', `It shows ${bare} and an error`],
    ['twice', `${address}${address}`],
    ['twice without a scheme', `${bare}${bare}`],
    ['twice on two lines', `${address}\n${address}\n`],
    ['behind a redirecting service', `https://mail.example/safe?url=${encodeURIComponent(address)}&data=x`],
    ['as path and query', address.slice(request.redirectUri.indexOf('/aB3'))],
    [
      'as the request line of a log',
      `127.0.0.1 - - "GET ${address.slice(request.redirectUri.indexOf('/aB3'))} HTTP/1.1" 404 -`,
    ],
    ['as a request line', `GET ${address.slice(request.redirectUri.indexOf('/aB3'))} HTTP/1.1\nHost: 127.0.0.1:50231`],
    ['with spaces in it', wrapped(address, 70, ' ')],
    ['in quoted-printable', quotedPrintable(address)],
    ['in a mail in quoted-printable', quotedPrintable(`Hi,\n\nit ended on ${address}\n\nCheers`)],
    ['in quoted-printable, with the code at its end', quotedPrintable(codeLast)],
    ['in quoted-printable in a quoted mail', quotedPrintable(address).replace(/^/gm, '> ')],
    ['with soft line breaks', wrapped(address, 70, '=\r\n')],
    ['with a part of it percent-encoded', address.replace('?', '%3F').replaceAll('&', '%26')],
    ['percent-encoded and wrapped', wrapped(encodeURIComponent(address), 60)],
    ['percent-encoded three times', encodeURIComponent(encodeURIComponent(encodeURIComponent(address)))],
    ['percent-encoded', encodeURIComponent(address)],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(address))],
    ['percent-encoded in a sentence', `It is ${encodeURIComponent(codeLast)} I think`],
    ['with an encoded code', codeLast.replace('4/0A', '4%2F0A')],
    ['with a code that is encoded once too often', codeLast.replace('4/0A', '4%252F0A')],
    ['alone, with a full stop after the code', `${codeLast}.`],
  ])('%s', (_, pasted) => {
    expect(codeOf(pasted)).toBe(code)
  })

  test('wherever a terminal wraps it, alone and inside a command', () => {
    for (let width = 12; width < address.length; width++) {
      expect(codeOf(wrapped(address, width)), `${width}`).toBe(code)
      expect(codeOf(wrapped(codeLast, width, '\r\n  ')), `${width}`).toBe(code)
      expect(codeOf(`$ ${wrapped(`curl "${address}"`, width)}`), `${width}`).toBe(code)
      expect(codeOf(`Here it is:\n${wrapped(address, width)}\n\nWhat now?`), `${width}`).toBe(code)
    }
  })

  test('with the error of a denied consent', () => {
    const response = parsePastedResponse(
      `It says ${request.redirectUri}?state=${request.state}&error=access_denied`,
      request,
    )
    expect(response).toMatchObject({ error: 'access_denied' })
  })
})

describe('a text is refused, and the login stays open,', () => {
  test.each([
    ['if it is a query alone', query, 'the part before the question mark is missing'],
    ['if its path is another one', `/callback${query}`, 'not that of the redirect URI'],
    ['if it has only a code', code, 'it is not a URL'],
    ['if it has no state', `curl "${request.redirectUri}?code=${code}"`, 'it has no state'],
    ['if it is truncated', `It is ${request.redirectUri}?state=${request.state}`, 'it is truncated'],
    ['if the code may go on', `It is:\n${codeLast}\nthanks`, 'the code may continue on the next line'],
    ['if it has two codes', `${codeLast}\n\n${codeLast}x\n`, 'two addresses with different codes'],
    ['if its code is truncated', codeLast.slice(0, codeLast.indexOf(code) + 32), 'its code has only 32 characters'],
    ['if its code is truncated in quotes', `curl "${codeLast.slice(0, -9)}"`, 'it is truncated: its code has only'],
    [
      'if its code is truncated at the slash',
      codeLast.slice(0, codeLast.indexOf(code) + 2),
      'most of the code is missing',
    ],
    ['if its code is missing', codeLast.slice(0, codeLast.indexOf(code)), 'the code is missing'],
    ['if its code was shortened', `${codeLast.slice(0, -20)}…`, 'shortened with dots'],
    ['if its code has strange characters', codeLast.replace('StUv', 'St~v'), 'a character that no code of Google has'],
    [
      'if it is a dump of the parameters',
      `{'state': '${request.state}', 'iss': 'http://127.0.0.1:9077', 'code': '${code}'}`,
      'parameters of the address, but not the address',
    ],
    ['if it is JSON', JSON.stringify({ code, state: request.state, iss: request.issuer }), 'not the address itself'],
    ['if it is a dump of Ruby', `{"state"=>"${request.state}", "code"=>"${code}"}`, 'not the address itself'],
    ['if it is a dump of Flask', `([('state', '${request.state}'), ('code', '${code}')])`, 'not the address itself'],
    ['if it is a table of a browser', `state\t${request.state}\niss\t${request.issuer}\ncode\t${code}`, 'not the add'],
    ['if it is a table', `state: ${request.state}\niss: ${request.issuer}\ncode: ${code}`, 'not the address itself'],
    ['if it is another page', 'I am at https://accounts.google.com/signin/consent now', 'a URL of accounts.google.com'],
    [
      'if it is the address to open',
      `Open https://accounts.google.com/o/oauth2/v2/auth?state=${request.state}&code_challenge=x`,
      'the URL that gsa login --start printed',
    ],
  ])('%s', async (_, pasted, found) => {
    const failure = await failureOf(() => parsePastedResponse(outsideText(pasted), request))
    expect(failure).toMatchObject({ code: 'redirect_url_needed', exitCode: 2 })
    expect(failure.causeText).toContain(found)
    expect(failure.message).not.toContain(code)
  })

  test('if its state is another one, also inside other text', async () => {
    const another = address.replace(request.state, 'another')
    for (const pasted of [`curl "${another}"`, quotedPrintable(another), encodeURIComponent(another)])
      expect((await failureOf(() => parsePastedResponse(outsideText(pasted), request))).code).toBe(
        'answer_of_another_login',
      )
  })
})

test('the code of another server stays as it is', () => {
  for (const own of ['SplxlOBeZQQYbYS6WxSbIA', 'a=b', '4/1A-short', 'x%2Fy.', 'with~strange*characters'])
    expect(codeOf(`${request.redirectUri}?state=${request.state}&code=${encodeURIComponent(own)}&x=y`)).toBe(own)
})

test('a state that begins like quoted-printable is none', () => {
  const state = '3DateStateStateStateStateStateStateStateSta'
  const response = parsePastedResponse(`${request.redirectUri}?state=${state}&code=${code}`, { ...request, state })
  expect('code' in response && response.code.reveal()).toBe(code)
})

describe('a login ends with exit code 6', () => {
  test.each([
    ['at another port', address.replace(':50231', ':50232')],
    ['at another host', address.replace('127.0.0.1', 'app.example')],
    ['at a longer host', address.replace('127.0.0.1:50231', '127.0.0.1.example:50231')],
    ['at another scheme', address.replace('http:', 'https:')],
    ['at a longer path', address.replace('?', '/more?')],
    ['at a path that ends like the redirect URI', address.replace('127.0.0.1:50231', 'app.example/127.0.0.1:50231')],
    ['from another issuer', address.replace('https://accounts.google.com', 'https://evil.example')],
    ['with two states', `${address}&state=x`],
    ['with two codes', `${address}&code=x`],
    ['with an error', `${address}&error=access_denied`],
  ])('if the response came %s, also inside other text', (_, changed) => {
    for (const pasted of [changed, `curl '${changed}'`, `It is ${changed}\n`])
      expect(parsePastedResponse(outsideText(pasted), request)).toMatchObject({
        failure: { code: 'authorization_response_invalid', exitCode: 6 },
      })
  })
})
