import { describe, expect, test } from 'vitest'
import { createRedaction } from '../../src/flows/redaction.ts'

const secret = 'a+b/c d=éFgHiJk0'
const forms: readonly (readonly [how: string, text: string])[] = [
  ['as it is', secret],
  ['in another case', secret.toUpperCase()],
  ['encoded for an address', encodeURIComponent(secret)],
  ['encoded with small letters', encodeURIComponent(secret).toLowerCase()],
  ['encoded twice', encodeURIComponent(encodeURIComponent(secret))],
  ['encoded for a form', new URLSearchParams({ x: secret }).toString()],
  ['in JSON with escaped slashes', JSON.stringify({ x: secret }).replaceAll('/', String.raw`\/`)],
  ['in hex', Buffer.from(secret).toString('hex')],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in base64url', Buffer.from(secret).toString('base64url')],
]

describe('a secret that gsa knows', () => {
  test.each(forms)('is removed %s', (_, text) => {
    const redaction = createRedaction()
    redaction.learn(['another secret', secret])
    const cleaned = redaction.clean({ list: [{ text: `before ${text} after` }] })
    expect(JSON.stringify(cleaned)).toMatch(/^\{"list":\[\{"text":"before .{0,9}\[redacted\].{0,3} after"\}\]\}$/)
  })

  test('is not removed if it is as short as a word', () => {
    const redaction = createRedaction()
    redaction.learn(['scope'])
    expect(redaction.clean('the scope')).toBe('the scope')
  })

  test('leaves everything else as it is', () => {
    const redaction = createRedaction()
    const data = { text: 'x', number: 1, no: null, yes: true, list: ['y'] }
    expect(redaction.clean(data)).toEqual(data)
    redaction.learn([secret])
    expect(redaction.clean(data)).toEqual(data)
  })
})
