import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CommandNode } from '../../src/completion/command-tree.ts'
import { readCommand, type WrittenCommand } from '../../src/completion/written-tree.ts'
import { wrapLines } from '../../src/terminal/wrap.ts'
import { root, runProgram } from '../support/built-gsa.ts'

describe('a line that is longer than the terminal is wide', () => {
  test.each<readonly [what: string, line: string, columns: number, wrapped: string]>([
    ['breaks between words', 'one two three four', 9, 'one two\nthree\nfour'],
    ['keeps a word that is longer than the terminal', 'a abcdefghijkl b', 5, 'a\nabcdefghijkl\nb'],
    ['keeps its indentation', '  one two three', 9, '  one two\n  three'],
    ['continues behind the heading of an error', 'Error: one two three', 16, 'Error: one two\n       three'],
    ['continues behind the mark of a step', '✓ one two three', 10, '✓ one two\n  three'],
    ['continues in its last column', '  --a   one two three', 16, '  --a   one two\n        three'],
    ['sets columns side by side that leave no room', 'one two three       four five', 16, 'one two three\n  four five'],
    ['counts wide characters twice', '日本 日本 日本', 9, '日本 日本\n日本'],
    ['counts no colours', '\u001b[31mone\u001b[39m two three', 7, '\u001b[31mone\u001b[39m two\nthree'],
    ['keeps a number with its unit', 'it took 250 ms', 11, 'it took\n250 ms'],
    [
      'keeps a command whole',
      'Log in with: gsa login --client-secrets FILE (or later).',
      20,
      'Log in with:\ngsa login --client-secrets FILE\n(or later).',
    ],
    [
      'keeps a command with quotes whole',
      `Run gsa token --account 'a b@x.example' now`,
      12,
      `Run\ngsa token --account 'a b@x.example'\nnow`,
    ],
    [
      'keeps a request whole',
      `Try $ curl -d a=B -H 'X-Requested-With: curl' http://127.0.0.1:8790/authcode now`,
      20,
      `Try\n$ curl -d a=B -H 'X-Requested-With: curl' http://127.0.0.1:8790/authcode\nnow`,
    ],
    [
      'keeps a long comment a comment',
      'gsa a   # one two three four',
      12,
      'gsa a  # one\n  # two\n  # three\n  # four',
    ],
    ['keeps a comment a comment', 'gsa drive info   # counts and quota', 22, 'gsa drive info\n  # counts and quota'],
    ['keeps a pipe whole', '$ gsa refresh --json | jq -r .x now', 12, '$ gsa refresh --json | jq -r .x\nnow'],
    [
      'keeps a redirection whole',
      'Type gsa emulator client-secrets --type web > c.json (once)',
      12,
      'Type\ngsa emulator client-secrets --type web > c.json\n(once)',
    ],
    [
      'keeps the settings of a command',
      'or: GSA_STORE=memory gsa token now',
      12,
      'or:\nGSA_STORE=memory gsa token\nnow',
    ],
    ['keeps a flag with its placeholder', 'choose --store file:PATH or not', 12, 'choose\n--store file:PATH\nor not'],
    ['is no command where it only names gsa', 'another gsa that runs', 14, 'another gsa\nthat runs'],
  ])('%s', (_, line, columns, wrapped) => {
    expect(wrapLines(line, columns)).toBe(wrapped)
  })

  test('knows every command, however deep', () => {
    const tree = readCommand(JSON.parse(readFileSync(join(root, 'dist/command-tree.json'), 'utf8')) as WrittenCommand)
    const paths = (node: CommandNode, above: string): readonly string[] =>
      node.subcommands.flatMap((child) =>
        child.name === 'help' ? [] : [`${above} ${child.name}`, ...paths(child, `${above} ${child.name}`)],
      )
    const commands = paths(tree, 'gsa')
    expect(commands).toContain('gsa emulator client-secrets')
    expect(commands.map((command) => wrapLines(`so ${command} --json`, 5))).toEqual(
      commands.map((command) => `so\n${command} --json`),
    )
  })
})

/** Returns the lines that a command prints on a terminal of so many columns, without colours. */
async function onTerminal(argv: string, columns: number): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-wrap-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const line = `stty cols ${columns}; '${process.execPath}' '${join(root, 'bin/gsa.js')}' ${argv}`
  const { stdout } = await runProgram('script', ['--quiet', '--command', line, '/dev/null'], {
    env: { HOME: folder, GSA_CONFIG_DIR: folder, GSA_STORE: 'memory', NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
  })
  return stdout.replaceAll('\r', '').split('\n')
}

describe.each([
  'token',
  'login --help',
  'drive put --help',
  'help environment',
  'explain "invalid_grant: Bad Request"',
  'doctor --offline',
])('on a terminal, gsa %s', (argv) => {
  test('breaks no word and no command at 40, 60, 80 and 120 columns', async () => {
    const words = (lines: readonly string[]): string =>
      lines
        .join(' ')
        .replace(/\d+ ms/g, 'N ms')
        // Each line of a comment begins with one.
        .replace(/ # /g, ' ')
        .split(/\s+/)
        .join(' ')
    const wide = await onTerminal(argv, 1000)
    for (const columns of [40, 60, 80, 120]) {
      const lines = await onTerminal(argv, columns)
      expect(words(lines)).toBe(words(wide))
      // Only a single word or a command may be longer.
      const long = lines.filter((line) => line.length > columns).map((line) => line.trim())
      expect(long.filter((line) => !/^(?:[("]*\S+|(?:\$ )?(?:\w+=\S+ )*gsa .*)$/.test(line))).toEqual([])
    }
  })
})
