import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '../../src/emulator/index.ts'
import { createProgram } from '../../src/program.ts'
import type { Context } from '../../src/terminal/context.ts'
import { withGsa } from '../support/harness.ts'
import { requestNames, rows } from './rows.ts'
import { requestsSection } from './section.ts'
import { createUser } from './user.ts'

describe('the requests of', () => {
  test.each(rows.map((row) => [`gsa ${row.command} ${row.when ?? ''}`.trimEnd(), row] as const))(
    '%s are exactly these, on as few connections',
    async (_, { requests, connections, given, run, command }) => {
      await withGsa(async (gsa, google) => {
        const user = createUser(gsa, google)
        const made = (await given?.(user)) ?? []
        const before = google.requests().length
        await run(user, made)
        const sent = google
          .requests()
          .slice(before)
          .filter(({ path }) => command !== 'login' || !isPage(path))
        expect(inOrder(sent.map(shown), requests)).toEqual(requests.flat().map((name) => requestNames[name]))
        expect(new Set(sent.map(({ connection }) => connection)).size).toBe(connections ?? Math.min(1, requests.length))
      })
    },
  )
})

/** Returns whether a request is the browser's. */
const isPage = (path: string): boolean => /^\/(?:o\/oauth2\/v2\/auth|v3\/signin\/|signin\/|device$)/.test(path)

const shown = ({ method, path, query }: JournalEntry): string => {
  const general = path.replace(/(?<=\/files\/)(?!appDataFolder|generateIds).+/, 'ID')
  return `${method} ${general}${query['alt'] === undefined ? '' : `?alt=${query['alt']}`}`
}

/** Requests that may arrive in any order are sorted into the row's order. */
function inOrder(sent: readonly string[], requests: (typeof rows)[number]['requests']): string[] {
  const left = [...sent]
  return [
    ...requests.flatMap((name) => {
      if (typeof name === 'string') return left.splice(0, 1)
      const order = name.map((one): string => requestNames[one])
      return left.splice(0, name.length).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    }),
    ...left,
  ]
}

describe('the table of requests', () => {
  const leaves = (command: Command, path: readonly string[] = []): string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((child) => leaves(child, [...path, child.name()]))

  test('has a row for every command', async () => {
    // Every name in argv loads its command: the whole tree.
    const named = await createProgram({ argv: [], env: {} } as unknown as Context)
    const argv = named.commands.map((command) => command.name())
    const program = await createProgram({ argv, env: {} } as unknown as Context)
    expect([...new Set(rows.map(({ command }) => command))].toSorted()).toEqual(leaves(program).toSorted())
  })

  test('is in docs/performance.md (npx vitest run test/requests --update)', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/performance.md'), 'utf8')
    const section = /^## Requests\n[\s\S]*?(?=\n## |(?![\s\S]))/m
    expect(page).toMatch(section)
    await expect(page.replace(section, requestsSection())).toMatchFileSnapshot('../../docs/performance.md')
  })
})
