import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import { failureTable } from '../../src/failures/table.ts'
import { pastedTexts } from '../diagnosis/pasted-texts.ts'
import { property, roughText, valueOrFailure } from './property.ts'

const pasted = pastedTexts.map(({ text }) => text)
const longestBytes = 256 * 1024

const heart = fc.stringMatching(/^[A-Za-z0-9_-]{24}$/)
const planted = fc
  .tuple(fc.constantFrom('ya29.', '1//0', '4/0A', 'GOCSPX-', 'eyJhbGci', 'AH-1Ng'), heart)
  .map(([prefix, rest]) => ({ secret: `${prefix}${rest}`, heart: rest }))

/** Text around a secret: pieces of real pastes, with characters between them that break parsers. */
const piece = fc.oneof(
  fc
    .tuple(fc.constantFrom(...pasted), fc.nat(600), fc.nat(200))
    .map(([text, from, length]) => text.slice(from, from + length)),
  fc.constantFrom(...pasted),
  fc.constantFrom(
    'error_description=',
    '"message": "',
    'redirect_uri=http://a/',
    'File not found: ',
    'authError=',
    '{"error":{"code":"',
    "'error': '",
    'invalid=[',
    '%25',
    '\\u0022',
  ),
  roughText,
)
const written = fc.constantFrom(
  (secret: string) => secret,
  encodeURIComponent,
  (secret: string) => encodeURIComponent(encodeURIComponent(secret)),
  (secret: string) => JSON.stringify(secret),
  (secret: string) => JSON.stringify(JSON.stringify({ error_description: secret })),
)

function expectCandidates(candidates: ReturnType<typeof recognise>): void {
  expect(candidates.length).toBeGreaterThan(0)
  for (const { code, cause, fix, likelihood } of candidates) {
    expect(Object.keys(failureTable)).toContain(code)
    expect(['certain', 'likely', 'possible']).toContain(likelihood)
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(cause + fix).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
  }
}

describe('an error text', () => {
  property(
    'has candidates or is unknown, and its secrets are not shown',
    fc.tuple(fc.array(piece, { maxLength: 4 }), planted, written, fc.array(piece, { maxLength: 4 })),
    async ([before, { secret, heart: hidden }, write, after]) => {
      const text = [...before, write(secret), ...after].join('')
      const candidates = await valueOrFailure(() => recognise(text), [hidden])
      if (candidates === undefined) return
      expectCandidates(candidates)
      expect(JSON.stringify(candidates)).not.toContain(hidden)
    },
  )

  const breaking = fc.constantFrom(
    ' ',
    '=',
    '"',
    '<a',
    '\\',
    '%',
    'code=',
    'error: ',
    'a.',
    '-',
    '?a=+',
    '{"error":{"code":"x_x"',
  )
  property(
    'of maximum length is read, too, and no pattern runs out of control',
    fc.tuple(fc.oneof(piece, breaking), piece),
    async ([text, end]) => {
      const long = text.repeat(Math.ceil(longestBytes / Math.max(1, text.length))).slice(0, longestBytes - end.length)
      const candidates = await valueOrFailure(() => recognise(long + end))
      if (candidates !== undefined) expectCandidates(candidates)
      // Makes the property's limit apply after a long computation.
      await setImmediate()
    },
    { portion: 40, whole: 5000 },
  )
})
