import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { root, runProgram } from '../support/built-gsa.ts'
import { test } from '../support/harness.ts'
import { environmentWithAccount } from './environment-with-account.ts'

const types = join(root, 'dist/types')

/** Returns the functions that a package entry exports, each with the example above its declaration. */
function examplesOf(entry: string): (readonly [name: string, example: string | undefined])[] {
  const entryFile = join(types, entry)
  const text = readFileSync(entryFile, 'utf8')
  const files = [...text.matchAll(/export \{[^}]+\} from '(.+)\.cjs'/g)].map(([, from]) =>
    join(dirname(entryFile), `${from}.d.cts`),
  )
  const exported = new Set([...text.matchAll(/\b\w+\b/g)].map(([word]) => word))
  return [entryFile, ...files].flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s*)?export declare function (\w+)/g),
    ].flatMap(([, comment = '', name = '']) =>
      exported.has(name) ? [[name, /@example\n([^]*)/.exec(comment.replace(/^ *\* ?/gm, ''))?.[1]] as const] : [],
    ),
  )
}

describe('each function in the package', () => {
  const examples = [...examplesOf('index.d.cts'), ...examplesOf('emulator.d.cts')]

  test('has an example if it is exported', () => {
    expect(examples.map(([name]) => name)).toEqual(
      expect.arrayContaining(['accessToken', 'authClient', 'startEmulator']),
    )
    expect(examples.filter(([, example]) => example === undefined).map(([name]) => name)).toEqual([])
  })

  test.for(examples)('%s does what its example says', async ([, example = ''], { gsa, google }) => {
    const needsAccount = example.includes("from 'gsa-cli'")
    const env = needsAccount ? await environmentWithAccount(gsa, google) : { HOME: gsa.folder }
    mkdirSync(join(gsa.folder, 'node_modules'))
    symlinkSync(root, join(gsa.folder, 'node_modules/gsa-cli'))
    const program = gsa.file('example.mjs', example)
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, [program], { env, folder: gsa.folder })
    expect(exitCode, stderr).toBe(0)
    const promised = [...example.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, line]) => line)
    expect(promised.length).toBeGreaterThan(0)
    expect(stdout.split('\n').slice(0, -1)).toEqual(promised)
  })
})
