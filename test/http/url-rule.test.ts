import { describe, expect, test } from 'vitest'
import { allowedUrl } from '../../src/http/url-rule.ts'

describe('a server may be named', () => {
  test.each([
    'https://accounts.google.com',
    'https://idp.example:8443/realm',
    'http://127.0.0.1:9077',
    'http://127.1.2.3',
    'http://[::1]:80',
  ])('%s', (url) => {
    expect(allowedUrl('--issuer', url).protocol).toMatch(/^https?:$/)
  })

  test.each([
    '',
    'accounts.google.com',
    'http://accounts.google.com',
    'http://localhost:9077',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'https://user@idp.example',
    'javascript:alert(1)',
  ])('but not %j', (url) => {
    expect(() => allowedUrl('--issuer', url)).toThrow(expect.objectContaining({ code: 'url_not_allowed', exitCode: 2 }))
  })
})
