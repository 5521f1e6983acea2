import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { root, runProgram } from '../support/built-gsa.ts'

const uses = `
const file = clientSecretsFile('web', 'http://127.0.0.1:9077')
const address: string = file.web.token_uri
const installed: string = clientSecretsFile('desktop', address).installed.client_id
export async function use(): Promise<string> {
  const google: Emulator = await startEmulator({ autoConsent: true, tls: true, controlToken: 'let-me-in' })
  google.arm({ on: 'token', fault: 'http-503' })
  const [flow]: readonly SignInFlow[] = google.flows()
  const sent: readonly (string | undefined)[] = sentValues(google.flows(), 'token-request', 'redirect_uri')
  if (flow?.outcome.result === 'failed' || sent.length > 0) throw new Error(flow?.steps[0]?.fields[0]?.secret?.kind)
  const page = await answerConsent(google.issuer, { caFile: google.caFile })
  await google.close()
  return (await accessToken({ account: installed })) + page.body
}
// @ts-expect-error -- an account must be a text
export const wrong = accessToken({ account: 1 })
`
const emulatorNames = 'answerConsent, clientSecretsFile, sentValues, startEmulator'

/** Programs that import the library, by the kind of their module. */
const programs = {
  'program.mts': `import { accessToken } from 'gsa-cli'
import { ${emulatorNames}, type Emulator, type SignInFlow } from 'gsa-cli/emulator'
${uses}`,
  'program.cts': `import library = require('gsa-cli')
import emulator = require('gsa-cli/emulator')
const { accessToken } = library
const { ${emulatorNames} } = emulator
type Emulator = emulator.Emulator
type SignInFlow = emulator.SignInFlow
${uses}`,
  'default.mts': `import { startEmulator } from 'gsa-cli/emulator'
// @ts-expect-error -- there is no default export
import emulator from 'gsa-cli/emulator'
export const both = [startEmulator, emulator]
`,
}

const strict = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: false,
  typeRoots: [join(root, 'node_modules/@types')],
  types: ['node'],
}

test.each(['gsa-cli', 'gsa-cli/emulator'])(
  "require('%s') loads CommonJS, because Jest cannot require ES modules",
  (name) => {
    const load = createRequire(join(root, 'package.json'))
    expect(load.resolve(name)).toMatch(/\.cjs$/)
    expect(Object.values(load(name) as Record<string, unknown>)).toContainEqual(expect.any(Function))
  },
)

describe('the types of the library compile without google-auth-library in a strict project', () => {
  test.for([
    { module: 'node16', moduleResolution: 'node16', files: ['program.mts', 'program.cts', 'default.mts'] },
    { module: 'nodenext', moduleResolution: 'nodenext', files: ['program.mts', 'program.cts', 'default.mts'] },
    { module: 'preserve', moduleResolution: 'bundler', files: ['program.mts', 'program.cts'] },
  ])('with moduleResolution $moduleResolution, for ES modules and CommonJS', async ({ files, ...options }) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-types-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const part of ['package.json', 'dist/types'])
      cpSync(join(root, part), join(folder, 'node_modules/gsa-cli', part), { recursive: true })
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...strict, ...options }, files }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout, exitCode } = await runProgram(process.execPath, [compiler, '-p', folder])
    expect(stdout).toBe('')
    expect(exitCode).toBe(0)
  })
})
