import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { Exit } from '../../src/failures/index.ts'
import { createProgram } from '../../src/program.ts'
import type { Context } from '../../src/terminal/context.ts'
import { test as gsaTest, withGsa } from '../support/harness.ts'

const root = join(import.meta.dirname, '../..')

// Every name in argv loads its command: the whole tree.
const names = (await createProgram({ argv: [], env: {} } as unknown as Context)).commands.map((command) =>
  command.name(),
)
const program = await createProgram({ argv: names, env: {} } as unknown as Context)

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

const paths = (command: Command, path: readonly string[] = []): (readonly string[])[] =>
  command.commands.flatMap((child) => [[...path, child.name()], ...paths(child, [...path, child.name()])])

describe('--help of', () => {
  test.each([[], ...paths(program)].map((path) => path.join(' ')))(
    'gsa %s says what it does, and leads with examples',
    async (path) => {
      await withGsa(async (gsa) => {
        const result = await gsa.run(...path.split(' ').filter((word) => word !== ''), '--help')
        expect(result.exitCode).toBe(0)
        expect(result.stderr).toBe('')
        expect(result.stdout).toMatch(
          /^\S[^\n]*\n(?:\S[^\n]*\n)?\nExamples:\n(?: {2}\$ [^\n]*\n)*? {2}\$ [^\n]*\bgsa [^\n]*\n(?: {2}\$ [^\n]*\n)*\nUsage: gsa /,
        )
        expect(result.stdout).toMatchSnapshot()
      })
    },
  )
})

describe('gsa', () => {
  gsaTest('without a command prints its help', async ({ gsa }) => {
    const result = await gsa.run()
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toContain('Usage: gsa')
  })

  gsaTest('--version prints the version of package.json', async ({ gsa }) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect((await gsa.run('--version')).stdout).toBe(`${version}\n`)
  })

  gsaTest('help COMMAND is the same as COMMAND --help', async ({ gsa }) => {
    expect((await gsa.run('help', 'login')).stdout).toBe((await gsa.run('login', '--help')).stdout)
  })

  gsaTest.for([
    ['refrsh', /Did you mean refresh\?/],
    ['drive inf', /Did you mean info\?/],
    ['drive list', /Did you mean ls\?/],
    ['accounts nonsense', /^Unknown command; gsa accounts has list, use, remove, move, rebuild\.$/],
    ['accounts list nonsense', /^Too many arguments for 'list'/],
    ['-v', /\(Did you mean --version\?\)$/],
    ['drive nonsense', /gsa drive has ls-appfolder, info, get, put, rm\.$/],
    ['token --hedaer', /Did you mean --header\?/],
    ['help nothing', /the topics are exit-codes and environment\.$/],
    ['help constructor', /There is no help for "constructor"/],
  ] as const)('%s: suggests what was meant', async ([line, suggestion], { gsa }) => {
    const result = await gsa.run(...line.split(' '), '--json')
    expect(result.exitCode).toBe(2)
    expect(result.error['message']).toMatch(suggestion)
  })
})

describe('gsa help', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')

  gsaTest('exit-codes has the table of the README, and every code of the program', async ({ gsa }) => {
    const result = await gsa.run('help', 'exit-codes', '--json')
    expect(Object.entries(result.json)).toEqual(
      [...readme.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]),
    )
    expect(Object.keys(result.json).map(Number)).toEqual(Object.values(Exit))
  })

  gsaTest('environment names every variable that gsa reads', async ({ gsa }) => {
    const { stdout } = await gsa.run('help', 'environment')
    const variables = new Set(sources.flatMap((text) => text.match(/\bGSA_[A-Z_]+\b/g) ?? []))
    // gsa only sets this one, for Node.js programs that it runs.
    variables.delete('GSA_IMPERSONATION')
    expect([...variables].filter((name) => !stdout.includes(name))).toEqual([])
    expect(variables.size).toBeGreaterThan(8)
  })
})
