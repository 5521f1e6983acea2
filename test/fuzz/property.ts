import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Exit, Failure } from '../../src/failures/index.ts'
import { failureTable } from '../../src/failures/table.ts'
import { manyInputs, scaled, seed } from './scale.ts'

const wholeRunMs = 60 * 60_000
const oneInputMs = 15_000

/** The differences from a property that is tried offline. */
interface PropertyOptions {
  /** Inputs in `npm test`. Default 200. */
  readonly portion?: number
  /** Inputs in `npm run fuzz`. Default 100,000. */
  readonly whole?: number
}

/** Tests that a sentence holds for every input. Also fails when one input takes 15 seconds: that is a hang. */
export function property<Input>(
  sentence: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => Promise<void> | void,
  { portion = 200, whole = manyInputs }: PropertyOptions = {},
): void {
  const numRuns = scaled(portion, whole)
  test(`${sentence} (${numRuns.toLocaleString('en')} inputs, seed ${seed})`, { timeout: wholeRunMs }, async () => {
    const held = fc.asyncProperty(inputs, async (input) => check(input))
    const attempt = fc.assert(held, { numRuns, seed, timeout: oneInputMs, endOnFailure: numRuns > 1000 })
    await expect(attempt).resolves.toBeUndefined()
  })
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/
const exitCodes = new Set<number>(Object.values(Exit))

/**
 * Returns the result of an attempt, or undefined if it fails as it may: with a row of the failure table, a listed exit
 * code, and sentences that are safe for a terminal and contain none of the secrets. Anything else thrown is a bug, and
 * is rethrown.
 */
export async function valueOrFailure<Value>(
  attempt: () => Value | Promise<Value>,
  secrets: readonly string[] = [],
): Promise<Value | undefined> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expectPresentable(error, secrets)
    return undefined
  }
}

function expectPresentable({ code, exitCode, causeText, fix, details }: Failure, secrets: readonly string[]): void {
  expect(Object.keys(failureTable)).toContain(code)
  expect(code).not.toBe('bug')
  expect(exitCodes.has(exitCode) && exitCode !== Exit.Bug && exitCode !== Exit.Ok).toBe(true)
  expect(causeText + fix).not.toMatch(unprintable)
  const shown = JSON.stringify([causeText, fix, details])
  for (const secret of secrets) expect(shown.includes(secret), `a secret in: ${shown}`).toBe(false)
}

/** Text containing the characters that break things. */
export const roughText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '%',
      '2',
      'F',
      '0',
      '\u0000',
      '\n',
      '\r',
      '"',
      '\\',
      '/',
      '?',
      '#',
      '&',
      '=',
      '.',
      ':',
      '[',
      '{',
      '\u001b',
      '\ud800',
      '…',
      ' ',
    ),
  }),
)

/** Generates any JSON value, about half of whose object members have one of these names. */
export function jsonWith(names: readonly string[]): fc.Arbitrary<unknown> {
  const value = fc.oneof({ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) }, { weight: 1, arbitrary: roughText })
  return fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...names), value, { maxKeys: names.length }) },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
}

/** Generates a valid object except for some members, which are missing or of another type. */
export function damaged(good: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(good)
  const damage = fc.dictionary(
    fc.constantFrom(...names, 'more'),
    fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined }),
    {
      maxKeys: 2,
    },
  )
  return damage.map((change) => ({ ...good, ...change }))
}

/** Generates the bytes of a text that may be truncated, changed, or not text at all. */
export function bytesOf(texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const cut = fc.tuple(texts, fc.nat(400)).map(([text, end]) => Buffer.from(text).subarray(0, end))
  const changed = fc.tuple(texts, fc.nat(400), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = Buffer.from(text)
    if (at < bytes.length) bytes[at] = byte
    return bytes
  })
  return fc.oneof(
    { weight: 4, arbitrary: texts.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: changed },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  )
}
