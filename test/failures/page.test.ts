import { expect, test } from 'vitest'
import { otherPrograms } from '../../src/failures/other-programs.ts'
import { placeholders } from '../../src/failures/placeholders.ts'
import type { FailureRow } from '../../src/failures/row.ts'
import { failureTable } from '../../src/failures/table.ts'

const rows = Object.entries(failureTable) as unknown as [string, FailureRow<unknown>][]
const cell = (text: string): string => text.replace(/\n +/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')
const table = (chosen: typeof rows): string[] => [
  '| code | exit | what it means | what to do |',
  '|---|---|---|---|',
  ...chosen.map(([code, { exit, cause, fix }]) => {
    const [meaning, remedy] = [cause(placeholders()), fix(placeholders())].map(cell)
    return `| \`${code}\` | ${exit} | ${meaning} | ${remedy} |`
  }),
]

const longestMessage = 200
// The accounts or commands that a message lists on lines of their own do not count.
const withoutLists = (text: string): string => text.replace(/\n[\s\S]*$/, '')

test.each(rows)('%s has a cause and a fix of at most 200 characters', (_, { cause, fix }) => {
  const messages = [cause(placeholders()), fix(placeholders())].map(withoutLists)
  expect(messages.filter((message) => message.length > longestMessage)).toEqual([])
})

test('docs/failures.md is the failure table (npx vitest run test/failures --update)', async () => {
  const page = [
    '# Failures',
    '',
    'Generated from `src/failures/`. Words in capitals and numbers are placeholders. `gsa explain` finds the row for an error text, a log, an address or a code.',
    '',
    '## Failures of gsa',
    '',
    ...table(rows.filter(([code]) => !Object.hasOwn(otherPrograms, code))),
    '',
    '## Failures of apps, browsers and other programs',
    '',
    '`gsa` never fails with these codes; `gsa explain` recognizes them.',
    '',
    ...table(rows.filter(([code]) => Object.hasOwn(otherPrograms, code))),
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/failures.md')
})
