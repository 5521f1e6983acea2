import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { root } from './support/built-gsa.ts'
import { type Gsa, type Run, test } from './support/harness.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const sectionOf = (title: string): string => readme.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const section = sectionOf('Ten examples')

/** The commands of the ten examples, in order, each with the lines that are shown as printed. */
const examples = [...section.matchAll(/```console\n([^]*?)```/g)]
  .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
  .map((text) => {
    const [command = '', ...shown] = text.trimEnd().split('\n')
    return { command, shown: shown.filter((line) => line !== '…') }
  })

/** The packages of the table of dependencies. */
const used = sectionOf('What it is made of')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| asked for'))
  .flatMap((line) => [...(line.split(' | ')[1] ?? '').matchAll(/(@?[a-z][\w/-]+) (\d+(?:\.\d+)?)/g)])
  .map(([, name = '', version = '']) => ({ name, version }))

describe('the README', () => {
  test('has ten examples', () => {
    expect([...section.matchAll(/^\*\*(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 10 }, (_, at) => at + 1),
    )
  })

  test('names what it is made of, in the versions of package.json', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>
      readonly optionalDependencies: Readonly<Record<string, string>>
    }
    const versions = { ...manifest.devDependencies, ...manifest.optionalDependencies }
    expect(used.length).toBeGreaterThan(10)
    expect(used.filter(({ name, version }) => versions[name]?.startsWith(`${version}.`) !== true)).toEqual([])
  })

  test('has examples that print what it shows, one after the other', async ({ gsa, google }) => {
    for (const { command, shown } of examples) {
      const code = await google.createCode({ platform: 'android', account: 'grace@corp.example' })
      const result = await runExample(command, gsa, code)
      expect(result.exitCode, `${command}\n${result.stderr}`).toBe(0)
      const printed = `${result.stderr}${result.stdout}`.split('\n').map(even)
      const missing = shown.map(even).filter((line) => !printed.some((one) => isShownAs(one, line)))
      expect(missing, `${command}\n${printed.join('\n')}`).toEqual([])
    }
  })
})

/** A line without what differs from run to run; the store of these tests is the memory. */
function even(line: string): string {
  return line
    .replace('in memory until gsa ends', 'in the keychain')
    .replace(/ends in \d+ minutes/, 'ends in N minutes')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME')
    .replace(/\b[\w-]{45}\b/, 'ID')
    .replace(/ya29\.[\w-]+/, 'ya29.…')
    .replace(/127\.0\.0\.1:\d+/, 'HOST')
    .replace(/ +\d+ ms/, ' N ms')
}

/** What is shown of a line may end in "…". */
function isShownAs(printed: string, shown: string): boolean {
  return shown.endsWith('…') ? printed.startsWith(shown.slice(0, -1)) : printed === shown
}

/** Runs one line: file names mean files of this test, and `<` is standard input. */
async function runExample(command: string, gsa: Gsa, code: string): Promise<Run> {
  const [, typed = '', input] = /^gsa (.*?)(?: < (\S+))?$/.exec(command) ?? []
  const files: Readonly<Record<string, string>> = {
    'client_secret.json': gsa.desktopClient,
    'client_secret_web.json': gsa.webClient,
  }
  // Nothing is configured but the emulator.
  const env = { GSA_CLIENT_SECRETS: undefined }
  const args = typed.split(' ').map((word) => files[word] ?? word)
  const [name] = args
  if (name === 'login') return gsa.run(...args, { env, browser: {} })
  if (name === 'token') return gsa.run(...args, { env, printsSecrets: true })
  if (name === 'drive' && args[1] === 'put') return gsa.run('drive', 'put', gsa.file('notes.txt', 'hello'), { env })
  return gsa.run(...args, input === undefined ? { env } : { env, stdin: await contentOf(input, gsa, code) })
}

async function contentOf(file: string, gsa: Gsa, code: string): Promise<string> {
  if (file === 'error.txt') return 'TokenResponseException: 400 Bad Request {"error": "redirect_uri_mismatch"}'
  if (file === 'code.txt') return code
  const tokens = ['--no-store', '--show-tokens', '--json']
  const exchanged = await gsa.run('exchange', '-', ...tokens, { stdin: code, printsSecrets: true })
  return (exchanged.json['idToken'] as { value: string }).value
}
