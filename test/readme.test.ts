import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Gsa, type Run, test } from './support/harness.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')

/** The `gsa` lines of the README, in order, without their comments. */
const examples = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, ''))
  .filter((line) => line.includes('gsa '))

describe('the README', () => {
  test('has examples that work as written, in the order written', async ({ gsa, google }) => {
    expect(examples.length).toBeGreaterThanOrEqual(13)
    for (const example of examples) {
      const result = await runExample(example, gsa, () => google.createCode({ platform: 'android' }))
      expect(result.exitCode, `${example}\n${result.stderr}`).toBe(example.includes('emulator start') ? 130 : 0)
    }
  })
})

/** Runs one line: file names mean files of this test, and what a shell would do with `<`, `>` and `|` is done here. */
async function runExample(example: string, gsa: Gsa, createCode: () => Promise<string>): Promise<Run> {
  const command = example.slice(example.lastIndexOf('gsa ') + 4)
  const words = command.replace(/\s*[<>].*$/, '').split(/\s+/)
  const files: Readonly<Record<string, () => string>> = {
    'client_secret.json': () => gsa.desktopClient,
    'client_secret_web.json': () => gsa.webClient,
    'notes.txt': () => gsa.file('notes.txt', 'hello'),
    'adc.json': () => join(gsa.folder, 'adc.json'),
  }
  const [name = '', subcommand] = words
  // The Drive command takes a local file to put, and a name in the folder to get and rm.
  const args = words.map((word) => (name === 'drive' && subcommand !== 'put' ? word : (files[word]?.() ?? word)))
  switch (name) {
    case 'login':
      return gsa.run(...args, '--no-browser', { browser: {} })
    case 'exchange':
      // What the line before the pipe prints: the answer of the control API.
      return gsa.run(...args, {
        stdin: example.startsWith('curl') ? JSON.stringify({ code: await createCode() }, null, 2) : await createCode(),
      })
    case 'id-token': {
      const exchanged = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
        stdin: await createCode(),
        printsSecrets: true,
      })
      return gsa.run(...args, { stdin: (exchanged.json['idToken'] as { value: string }).value })
    }
    case 'explain':
      return gsa.run(...args, { stdin: 'TokenResponseException: 400 Bad Request {"error": "redirect_uri_mismatch"}' })
    case 'emulator':
      return subcommand === 'start'
        ? gsa.run(...args, '--port', '0', { interruptWhen: /Ctrl-C stops it/ })
        : gsa.run(...args, { printsSecrets: true })
    default:
      return gsa.run(...args, { printsSecrets: name === 'token' })
  }
}
