import { describe, expect, test } from 'vitest'
import { addressesIn } from '../../src/core/addresses-in-text.ts'
import { outsideText, unwrapped, withoutLinePrefixes, withoutStringEscapes } from '../../src/core/outside-text.ts'

const utf16 = (text: string, order: 'le' | 'be', isMarked: boolean): Buffer => {
  const bytes = Buffer.from(`${isMarked ? '\ufeff' : ''}${text}`, 'utf16le')
  return order === 'le' ? bytes : bytes.swap16()
}
const text = '{"error": "invalid_grant"} ü €'

describe('a text from outside', () => {
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16, little-endian', utf16(text, 'le', true)],
    ['UTF-16, big-endian', utf16(text, 'be', true)],
    ['UTF-16, little-endian, without a mark', utf16(text, 'le', false)],
    ['UTF-16, big-endian, without a mark', utf16(text, 'be', false)],
  ])('is decoded from %s', (_, bytes) => {
    expect(outsideText(bytes)).toBe(text)
  })

  test.each([
    ['colours', '\u001b[1;31minvalid_grant\u001b[0m'],
    ['colours that lost their escape', '[31minvalid_grant[0m'],
    ['colours as a log escapes them', String.raw`\u001b[31minvalid_grant\x1b[0m\033[K\e[0m#033[0m`],
    ['a window title', '\u001b]0;npm start\u0007invalid_grant'],
    ['a link', '\u001b]8;;https://a.example/\u001b\\invalid_grant\u001b]8;;\u001b\\'],
    ['bracketed paste', '\u001b[200~invalid_grant\u001b[201~'],
    ['invisible characters', 'inva\u00adlid_\u200bgrant\ufeff'],
    ['NUL and backspace', 'invalid\u0000_grant\b'],
  ])('has no %s', (_, pasted) => {
    expect(outsideText(pasted)).toBe('invalid_grant')
  })

  test.each([
    ['?a=1&amp;b=2&amp;amp;c=3', '?a=1&b=2&c=3'],
    ['&quot;a&quot; &#39;b&#x27; &lt;c&gt;&nbsp;d', '"a" \'b\' <c> d'],
    ['“a” ‘b’ „c‟', '"a" \'b\' "c"'],
    ['a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['a\u0085b', 'a\nb'],
    ['«a»', '"a"'],
    ['\u001b]8;id=1;https://a.example/?b=c\u0007here\u001b]8;;\u0007', ' https://a.example/?b=c here'],
    ['&copy=1&unknown;&#0;&#xd800;', '&copy=1&unknown;&#0;&#xd800;'],
    ['a[5m] b[0] c[m]', 'a[5m] b[0] c[m]'],
  ])('has plain characters and lines: %s', (pasted, expected) => {
    expect(outsideText(pasted)).toBe(expected)
  })

  test('keeps every character of a code or token', () => {
    const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('')
    expect(outsideText(printable)).toBe(printable)
  })
})

describe('wrappings around a text', () => {
  test.each([
    '"4/0A"',
    "'4/0A'",
    '`4/0A`',
    '```\n4/0A\n```',
    '```text\n4/0A\n```',
    '<4/0A>',
    'Optional("4/0A")',
    ' "Optional(\'4/0A\')", ',
  ])('are removed from %s', (pasted) => {
    expect(unwrapped(pasted)).toBe('4/0A')
  })

  test('are removed only a few layers deep, however many there are', () => {
    expect(unwrapped('"'.repeat(50_000)).length).toBeGreaterThan(0)
  })

  test.each(['"a" and "b', '<a> <b', 'a'])('stay if they are not around all of it: %s', (pasted) => {
    expect(unwrapped(pasted)).toBe(pasted)
  })
})

describe('the prefixes of log lines', () => {
  test.each([
    'I/flutter (20516): code',
    '11-16 11:27:02.194: code',
    '07-24 08:24:35.100  8218  8290 I Unity   : code',
    'web-1  | code',
    '2026-05-09T11:38:19.133Z code',
    '[10:01:02] code',
    'flutter: code',
  ])('are removed from %s', (line) => {
    expect(withoutLinePrefixes(`${line}\n${line}`)).toBe('code\ncode')
  })
})

test('the escapes of strings are removed, however often a log escaped them', () => {
  expect(withoutStringEscapes(String.raw`{\"a\":\"b\\u0026c\\/d\x26e\",\n\t\\\"f\\\"}`)).toBe('{"a":"b&c/d&e",\n "f"}')
})

describe('the URLs in a text', () => {
  const url = 'http://localhost:8085/?state=k&code=4/0A-_b&scope=email%20profile'

  test.each([
    url,
    `<${url}>`,
    `"${url}"`,
    `see ${url}.`,
    `[${url}](${url})`,
    `[x](${url})`,
    `curl -I "${url}" -v`,
    `Callback URL: ${url}\n`,
    JSON.stringify({ url })
      .replaceAll('/', String.raw`\/`)
      .replaceAll('&', String.raw`\u0026`),
    url.slice('http://'.length),
    `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05`,
    `https://www.google.com/url?q=${encodeURIComponent(url)}&sa=D`,
    `**${url}**`,
  ])('are found in %s', (pasted) => {
    expect(addressesIn(pasted)).toEqual([url])
  })

  test('end with every character that a code may end with', () => {
    for (const end of ['_', '-', '__']) expect(addressesIn(`see <${url}${end}>.`)).toEqual([`${url}${end}`])
  })

  test('include several, IPv6 literals and schemes of apps', () => {
    expect(addressesIn('http://[::1]:80/cb?a=1, com.example.app:/cb?code=1 and https://a.example/')).toEqual([
      'http://[::1]:80/cb?a=1',
      'com.example.app:/cb?code=1',
      'https://a.example/',
    ])
  })

  test.each(['http://', 'localhost:', '\u001b]', '[1;', '&amp;', 'a://[', '\\\\', '10:00:00 '])(
    'are read in linear time from many of %j',
    (part) => {
      expect(addressesIn(withoutLinePrefixes(outsideText(part.repeat(40_000)))).length).toBeLessThanOrEqual(40)
    },
  )
})
