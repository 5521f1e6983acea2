import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../src/program.ts'
import type { Context } from '../../src/terminal/context.ts'
import { test as gsaTest, withGsa } from '../support/harness.ts'

const root = join(import.meta.dirname, '../..')

// Every name in argv loads its command: the whole tree.
const names = (await createProgram({ argv: [], env: {} } as unknown as Context)).commands.map((command) =>
  command.name(),
)
const program = await createProgram({ argv: names, env: {} } as unknown as Context)

const paths = (command: Command, path: readonly string[] = []): (readonly string[])[] =>
  command.commands.flatMap((child) => [[...path, child.name()], ...paths(child, [...path, child.name()])])

describe('--help of', () => {
  test.each([[], ...paths(program)].map((path) => path.join(' ')))(
    'gsa %s says what it does and holds an example',
    async (path) => {
      await withGsa(async (gsa) => {
        const result = await gsa.run(...path.split(' ').filter((word) => word !== ''), '--help')
        expect(result.exitCode).toBe(0)
        expect(result.stderr).toBe('')
        expect(result.stdout).toMatch(/\nExamples:\n {2}\$ .*gsa|\n {2}\$ .*\| gsa/)
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

  gsaTest('suggests the command that was meant', async ({ gsa }) => {
    const result = await gsa.run('refrsh', '--json')
    expect(result.error['message']).toContain('Did you mean refresh?')
  })
})
