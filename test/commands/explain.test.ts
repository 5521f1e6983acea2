import { describe, expect } from 'vitest'
import { pastedTexts } from '../diagnosis/pasted-texts.ts'
import { test, withGsa } from '../support/harness.ts'

const malformed = '{"error":"invalid_grant","error_description":"Malformed auth code."}'

describe('gsa explain', () => {
  test('prints cause and fix of an error text', async ({ gsa }) => {
    const result = await gsa.run('explain', malformed)
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toBe('')
    expect(result.stdout).toBe(
      [
        'The code was rejected (invalid_grant: Malformed auth code): it was truncated, changed, or URL-encoded once too often.',
        'Run gsa exchange and paste the whole code at the prompt, where no shell can change it. If you no longer have the code, get a new one from the app.',
        '(code_refused, from "Malformed auth code")',
        '',
      ].join('\n'),
    )
  })

  test('never shows a client secret in the old format', async ({ gsa }) => {
    const secret = 'ZOr1sZQn3m7Ff0EoZ4YcJt2h'
    for (const text of [
      `{"error":"invalid_client","error_description":"The secret ${secret} is wrong."}`,
      `error: invalid_client, error_description: client secret ${secret}`,
      `client_secret ${secret} was refused: invalid_client`,
      `redirect_uri=https://${secret}.example/${secret} error 400: redirect_uri_mismatch`,
    ]) {
      const result = await gsa.run('explain', text, '--json')
      expect(result.exitCode).toBe(0)
      expect(result.stdout).not.toContain(secret)
    }
  })

  test('accepts a sentence without quotes', async ({ gsa }) => {
    const result = await gsa.run('explain', 'invalid_grant:', 'Malformed', 'auth', 'code.', '--json')
    expect(result.json).toMatchObject({ candidates: [{ code: 'code_refused', likelihood: 'certain' }] })
  })

  test('lists the candidates as JSON, best first', async ({ gsa }) => {
    const result = await gsa.run('explain', 'redirect_uri_mismatch', '--json')
    expect(result.exitCode).toBe(0)
    expect(result.json).toEqual({
      candidates: [
        {
          code: 'redirect_uri_mismatch',
          cause: expect.any(String),
          fix: expect.any(String),
          likelihood: 'likely',
          because: ['redirect_uri_mismatch'],
        },
        {
          code: 'redirect_uri_not_registered',
          cause: expect.any(String),
          fix: expect.any(String),
          likelihood: 'possible',
          because: ['redirect_uri_mismatch'],
        },
      ],
    })
  })

  test('prints the fix of each candidate', async ({ gsa }) => {
    const { stdout } = await gsa.run('explain', 'invalid_grant')
    expect(stdout).toMatch(
      /^Possibly: The code was rejected .*\nGet a new code .*\n\(code_refused, from "invalid_grant"\)\n\nIt may also be:\n {2}The refresh token .* \(refresh_token_refused, from "invalid_grant"\)\n {2}\S.*gsa login.*\n$/,
    )
  })

  test.for([['explain'], ['explain', '-']])('reads standard input: gsa %s', async (args) => {
    await withGsa(async (gsa) => {
      const result = await gsa.run(...args, '--json', { stdin: `before\n${malformed}\nafter\n` })
      expect(result.exitCode).toBe(0)
      expect(result.json['candidates']).toMatchObject([{ code: 'code_refused', likelihood: 'certain' }])
    })
  })

  test('accepts a paste of several lines on a terminal', async ({ gsa }) => {
    const lines = 'java.io.IOException: 400 Bad Request\n{\n  "error": "invalid_client"\n}\n'
    const result = await gsa.run('explain', { typing: [[/Ctrl-D/, `${lines}\u0004`]] })
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toBe('What does the error say? Paste it, then press Enter and Ctrl-D:\n')
    expect(result.stdout).toContain('(client_refused, from "invalid_client")')
  })

  test('does not ask with --no-input', async ({ gsa }) => {
    const result = await gsa.run('explain', '--no-input', '--json', { typing: [] })
    expect(result.exitCode).toBe(2)
    expect(result.error).toMatchObject({ code: 'answer_needed' })
  })

  test('can be interrupted while it waits for the paste', async ({ gsa }) => {
    const result = await gsa.run('explain', { typing: [], interruptWhen: /Ctrl-D/ })
    expect(result.exitCode).toBe(130)
  })

  test.for(['', 'segmentation fault (core dumped)', 'a recipe for pancakes'])(
    'admits that it does not recognize %j',
    async (text) => {
      await withGsa(async (gsa) => {
        const result = await gsa.run('explain', '-', '--json', { stdin: text })
        expect(result.exitCode).toBe(5)
        expect(result.stdout).toBe('')
        expect(result.error).toMatchObject({
          code: 'unknown_failure',
          fix: expect.stringContaining('report'),
          details: {},
        })
      })
    },
  )

  test('is never sure about the text of another system', async ({ gsa }) => {
    const { json } = await gsa.run('explain', '-', '--json', { stdin: 'AADSTS70008: invalid_grant' })
    expect((json['candidates'] as { likelihood: string }[]).map(({ likelihood }) => likelihood)).toEqual([
      'possible',
      'possible',
    ])
  })

  test("explains gsa's own failures, from their JSON or by their code", async ({ gsa }) => {
    const failed = await gsa.run('refresh', '--json')
    const fromJson = await gsa.run('explain', '-', '--json', { stdin: failed.stderr })
    expect(fromJson.json['candidates']).toMatchObject([{ code: 'nothing_stored', likelihood: 'certain' }])
    const byCode = await gsa.run('explain', 'lock_busy', '--json')
    expect(byCode.json['candidates']).toMatchObject([{ code: 'lock_busy', likelihood: 'certain' }])
  })

  test('says how to pass the content of a file', async ({ gsa }) => {
    const file = gsa.file('my error.log', malformed)
    const named = await gsa.run('explain', file, '--json')
    expect(named.exitCode).toBe(2)
    expect(named.error).toMatchObject({
      code: 'file_name_as_text',
      fix: `Pass its content: gsa explain - < '${file}'`,
    })
    const words = await gsa.run('explain', ...file.split(' '))
    expect(words.stderr).toContain(`gsa explain - < '${file}'`)
    const missing = await gsa.run('explain', `${file}.other`, '--json')
    expect(missing.error).toMatchObject({ code: 'unknown_failure' })
  })

  test('sends nothing anywhere', async ({ gsa, google }) => {
    const before = google.requests().length
    await gsa.run('explain', 'getaddrinfo ENOTFOUND oauth2.googleapis.com')
    expect(google.requests()).toHaveLength(before)
  })

  test.for(pastedTexts)('leaks no secret of $name', async ({ text }) => {
    await withGsa(async (gsa) => {
      for (const flags of [[], ['--json'], ['--debug']]) {
        const result = await gsa.run('explain', '-', ...flags, { stdin: text })
        expect(result.exitCode).toBe(0)
        expect(result.stdout + result.stderr).not.toMatch(/planted/i)
      }
    })
  })
})
