import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './support/built-gsa.ts'
import { runPage } from './support/page-session.ts'
import { needs } from './support/system-parts.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const sectionOf = (title: string): string => readme.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const examples = sectionOf('Five examples')

/** The packages of the table of dependencies. */
const used = sectionOf('Dependencies')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| asked for'))
  .flatMap((line) => [...(line.split(' | ')[1] ?? '').matchAll(/(@?[a-z][\w/-]+) (\d+(?:\.\d+)?)/g)])
  .map(([, name = '', version = '']) => ({ name, version }))

describe('the README', () => {
  test('has five examples', () => {
    expect([...examples.matchAll(/^\*\*(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5])
  })

  test('names its dependencies, in the versions of package.json', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>
      readonly optionalDependencies: Readonly<Record<string, string>>
    }
    const versions = { ...manifest.devDependencies, ...manifest.optionalDependencies }
    expect(used.length).toBeGreaterThan(10)
    expect(used.filter(({ name, version }) => versions[name]?.startsWith(`${version}.`) !== true)).toEqual([])
  })

  test.skipIf(process.platform === 'win32')(
    'has examples that print what it shows, in order, on a new machine without a keychain',
    async ({ skip }) => {
      needs({ skip }, 'curl and jq')
      expect(await runPage(examples)).toBeGreaterThan(10)
    },
  )
})
