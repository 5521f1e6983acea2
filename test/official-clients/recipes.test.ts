import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { signIn } from '../emulator/raw-http.ts'
import { root, runProgram } from '../support/built-gsa.ts'
import { debianPython, needs, nodeOfOfficialClients, type SystemPart } from '../support/system-parts.ts'
import { recipes as thirdPartyRecipes } from '../third-party-clients/client.ts'
import { emulatorEnvironment, goEnvironment, javaClassPath, recipes, test } from './client-program.ts'

const text = readFileSync(join(root, 'docs/emulator-recipes.md'), 'utf8')

interface Recipe {
  readonly file: string
  readonly part: SystemPart
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly prints: string
}

const python = { part: 'official clients for Python', command: [debianPython] } as const
const node = { part: 'official clients for Node', command: [nodeOfOfficialClients] } as const
const signsIn = 'signed in: ada@example.com\nrefreshed: true\n'

const runnable: readonly Recipe[] = [
  { ...node, file: 'sign-in.mjs', prints: signsIn },
  { ...node, file: 'drive.mjs', prints: 'files: settings.json\ntheme: dark\n' },
  { ...python, file: 'sign_in.py', prints: signsIn.replace('true', 'True') },
  { part: 'official clients for Java', command: ['java', '-cp', javaClassPath], file: 'SignIn.java', prints: signsIn },
  {
    part: 'official clients for Go',
    command: ['go', 'run'],
    env: goEnvironment,
    file: 'sign_in.go',
    prints: 'token type: Bearer\nrefreshed: true\nfiles: 200 OK\n',
  },
]

describe('docs/emulator-recipes.md', () => {
  test.for(readdirSync(recipes))('contains %s word for word', (file) => {
    expect(text).toContain(`\n${readFileSync(join(recipes, file), 'utf8')}\`\`\`\n`)
  })

  test('contains no other programs', () => {
    const programs = [...text.matchAll(/^```(?:bash|go|java|js|python|ruby)$/gm)]
    const files = [recipes, thirdPartyRecipes].flatMap((folder) => readdirSync(folder))
    expect(programs).toHaveLength(files.length)
  })

  test.for(runnable)('$file does what it says', async (recipe, { google, folder, skip }) => {
    needs({ skip }, recipe.part)
    const argv = [...recipe.command.slice(1), join(recipes, recipe.file)]
    const env = { ...emulatorEnvironment(google, folder), ...recipe.env, ACCESS_TOKEN: await accessToken(google) }
    const ended = await runProgram(recipe.command[0], argv, { folder, env })
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: recipe.prints })
  })

  test('emulator_in_tests.py starts the installed package and stops it', async ({ google, folder, skip }) => {
    needs({ skip }, 'official clients for Python')
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
    symlinkSync(root, join(folder, 'node_modules/gsa-cli'))
    symlinkSync('../gsa-cli/bin/gsa.js', join(folder, 'node_modules/.bin/gsa'))
    const options = { folder, env: emulatorEnvironment(google, folder) }
    const ended = await runProgram(debianPython, [join(recipes, 'emulator_in_tests.py')], options)
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('\nOK\n') })
  })
})

async function accessToken(google: Emulator): Promise<string> {
  return (await signIn(google)).access_token
}
