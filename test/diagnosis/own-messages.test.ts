import { describe, expect, test } from 'vitest'
import { recognise } from '../../src/diagnosis/recognise.ts'
import { placeholders } from '../../src/failures/placeholders.ts'
import type { FailureRow } from '../../src/failures/row.ts'
import { failureTable } from '../../src/failures/table.ts'
import { wrapLines } from '../../src/terminal/wrap.ts'

const rows = Object.entries(failureTable) as unknown as [string, FailureRow<unknown>][]

// Details as they are in real messages, instead of words in capitals.
const examples: Readonly<Record<string, unknown>> = {
  account: 'ada@example.com',
  host: '127.0.0.1:9077',
  file: '/home/ada/client_secret.json',
  clientId: '123-abc.apps.googleusercontent.com',
  problem: 'it is truncated',
  store: 'keychain',
  name: 'settings.json',
  port: 8790,
  limit: 2560,
  status: 503,
  seconds: 90,
  error: 'invalid_request',
  description: 'Some words.',
}
const details = new Proxy(placeholders(), {
  get: (known, name) =>
    typeof name === 'string' && Object.hasOwn(examples, name) ? examples[name] : (Reflect.get(known, name) as unknown),
})

// Their sentences are only what the details say.
const withoutWords = new Set(['usage', 'app_file_wrong'])
const recognisable = rows.filter(([code]) => !withoutWords.has(code) && code !== 'unknown_failure')

describe('a message of gsa itself', () => {
  test.each(recognisable)('is recognised in the text of the terminal: %s', (code, { cause, fix }) => {
    const message = `Error: ${cause(details)}\n       ${fix(details)}`
    for (const text of [
      message,
      `\u001b[31m${wrapLines(message, 60).replaceAll('\n', '\r\n')}\u001b[0m`,
      `$ gsa login\n${message}\n$ `,
    ])
      expect(recognise(text)[0]?.code, text).toBe(code)
  })

  test.each(rows.filter(([code]) => code !== 'unknown_failure'))(
    'is recognised in JSON: %s',
    (code, { cause, fix, exit }) => {
      const error = {
        code,
        message: cause(details),
        cause: cause(details),
        fix: fix(details),
        exitCode: exit,
        details: {},
      }
      for (const text of [JSON.stringify({ error }), JSON.stringify({ error }, null, 2)])
        expect(recognise(text)[0]).toMatchObject({ code, likelihood: 'certain' })
    },
  )

  test('is explained with its own details', () => {
    expect(recognise('Error: The keychain failed: out of memory.')[0]).toMatchObject({
      code: 'keychain_failed',
      cause: 'The keychain failed: out of memory.',
    })
  })

  test('may be one of an earlier version', () => {
    expect(
      recognise('Error: A code from web is bound to the redirect URI that it was sent to, and none was given.')[0]
        ?.code,
    ).toBe('redirect_uri_needed')
  })
})
