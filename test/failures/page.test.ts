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

test('docs/failures.md is the failure table (npx vitest run test/failures --update)', async () => {
  const page = [
    '# Failures',
    '',
    'Made from `src/failures/`. Words in capitals stand for what the message names. `gsa explain` finds the row for an error text, a log, an address or a code.',
    '',
    '## Of gsa itself',
    '',
    ...table(rows.filter(([code]) => !Object.hasOwn(otherPrograms, code))),
    '',
    '## Of apps, browsers and other programs',
    '',
    '`gsa` does not end with these; `gsa explain` knows them.',
    '',
    ...table(rows.filter(([code]) => Object.hasOwn(otherPrograms, code))),
    '',
  ]
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/failures.md')
})
