import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { startEmulator } from '../src/emulator/index.ts'
import { type Ended, root, runProgram } from './support/built-gsa.ts'
import { type Gsa, test } from './support/harness.ts'
import { needs } from './support/system-parts.ts'

const page = readFileSync(join(root, 'docs/ci.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block)

interface GitHubStep {
  readonly uses?: string
  readonly with?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly run?: string
}

interface Pipelines {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly GitHubStep[] }>>
  readonly 'gsa-smoke': { readonly script: readonly string[]; readonly artifacts: { reports: { junit: string } } }
}

test('the recipes for CI work as written, from the login to the pipelines', async ({ gsa, skip }) => {
  needs({ skip }, 'curl and jq')
  const google = await startEmulator({ autoConsent: true })
  try {
    const env = await machine(gsa, google.issuer)
    const [offline = '', handOver = '', shell = '', ...rest] = blocks('sh')
    expect(rest).toEqual([])
    expect((await bash(gsa, offline, env)).stdout).toContain('with a local Google emulator')
    expect(google.requests()).toEqual([])

    const handedOver = await bash(gsa, handOver, env)
    expect(handedOver.stdout + handedOver.stderr).not.toMatch(/1\/\/0|GOCSPX-/)
    const secrets = new Map(
      ['GSA_REFRESH_TOKEN', 'GSA_CLIENT_SECRETS_JSON'].map((name) => [
        name,
        readFileSync(secretFile(gsa, name), 'utf8'),
      ]),
    )
    const token = { GSA_REFRESH_TOKEN: secrets.get('GSA_REFRESH_TOKEN') ?? '' }
    const file = { GSA_CLIENT_SECRETS: secretFile(gsa, 'GSA_CLIENT_SECRETS_JSON') }
    expect((await bash(gsa, shell, { ...env, ...token, ...file })).stdout).toBe(`8 steps at ${google.issuer}\n`)

    const [action, plain, gitLab] = blocks('yaml').map((block) => parse(block) as Pipelines)
    const { inputs } = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as { inputs: Record<string, unknown> }
    const given = action?.jobs['smoke']?.steps.find(({ uses }) => uses?.startsWith('OWNER/gsa@'))?.with ?? {}
    expect(Object.keys(given)).toEqual(expect.arrayContaining(['refresh-token', 'client-secrets']))
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)))

    const [pushed, scheduled] = ['offline', 'account'].map((job) => plain?.jobs[job]?.steps.findLast(({ run }) => run))
    expect((await bash(gsa, pushed?.run ?? '', env)).stdout).toContain('with a local Google emulator')
    const filled = Object.entries(scheduled?.env ?? {}).map(([name, value]) => {
      const [, secret = ''] = /^\$\{\{ secrets\.(\w+) \}\}$/.exec(value) ?? []
      return [name, secrets.get(secret) ?? ''] as const
    })
    const account = await bash(gsa, scheduled?.run ?? '', { ...env, ...Object.fromEntries(filled) })
    expect(account.stdout).toContain('8 passed, 0 failed')
    await expect(bash(gsa, `ls "$RUNNER_TEMP"`, env)).resolves.toMatchObject({ stdout: '' })

    const { script, artifacts } = gitLab!['gsa-smoke']
    expect((await bash(gsa, script.join('\n'), { ...env, ...token, ...file })).stdout).toContain('8 passed, 0 failed')
    expect(readFileSync(join(gsa.folder, 'work', artifacts.reports.junit), 'utf8')).toContain('gsa.smoke.account')

    // The shell recipe after the token is revoked.
    await bash(gsa, 'gsa revoke --yes', { ...env, ...token, ...file })
    const refused = await runBash(gsa, shell, { ...env, ...token, ...file })
    expect([refused.exitCode, refused.stdout]).toEqual([
      4,
      expect.stringMatching(/^Somebody has to log in again: The /),
    ])
    // A missing secret must not silently select the emulator.
    expect((await runBash(gsa, scheduled?.run ?? '', env)).exitCode).toBe(1)
  } finally {
    await google.close()
  }
})

test("no recipe runs the checkout's code with access to a secret: gsa is installed globally first", () => {
  const [, plain, gitLab] = blocks('yaml').map((block) => parse(block) as Pipelines)
  const install = /^npm install --global --ignore-scripts gsa-cli@[\d.]+$/
  const steps = plain?.jobs['account']?.steps ?? []
  expect(steps.find(({ run }) => run?.startsWith('npm ') === true)?.run).toMatch(install)
  expect(gitLab).toMatchObject({ 'gsa-smoke': { variables: { GIT_STRATEGY: 'none' } } })
  expect(gitLab?.['gsa-smoke'].script[1]).toMatch(install)
  const withSecrets = [...blocks('yaml'), ...blocks('sh')].filter((block) => block.includes('GSA_REFRESH_TOKEN'))
  expect(withSecrets.length).toBeGreaterThanOrEqual(5)
  for (const job of withSecrets.flatMap((block) => block.split(/^ {2}(?=\w+:$)/m)))
    expect(job.includes('GSA_REFRESH_TOKEN') && /\bnpx\b|actions\/checkout/.test(job), job).toBe(false)
})

test('the recipes for CI name this version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const named = [...page.matchAll(/gsa-cli@([^\s`]+)/g)].map(([, name]) => name)
  expect(new Set(named)).toEqual(new Set([version]))
})

const secretFile = (gsa: Gsa, name: string): string => join(gsa.folder, 'secrets', name)

/**
 * Sets up a machine with the page's programs: `gsa`, an `npx` that runs it, an `npm` that reports it as installed, a
 * `gh` that stores secrets in files, and a browser.
 */
async function machine(gsa: Gsa, issuer: string): Promise<Record<string, string>> {
  for (const folder of ['bin', 'secrets', 'temp', 'work', 'keys']) mkdirSync(join(gsa.folder, folder))
  const program = (name: string, ...lines: readonly string[]): void =>
    writeFileSync(join(gsa.folder, 'bin', name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })
  const run = `exec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"`
  program('gsa', run)
  program('npx', 'shift 2', run)
  program('npm', `echo "npm $*"`)
  program('gh', `cat > '${join(gsa.folder, 'secrets')}'/"$3"`)
  program('visit', 'exec curl -sL -o /dev/null "$1"')
  const env = {
    PATH: [join(gsa.folder, 'bin'), process.env['PATH']].join(delimiter),
    HOME: join(gsa.folder, 'home'),
    RUNNER_TEMP: join(gsa.folder, 'temp'),
    GSA_EMULATOR_HOST: new URL(issuer).host,
    GSA_BROWSER: join(gsa.folder, 'bin/visit'),
    GSA_STORE: `file:${join(gsa.folder, 'secrets.age')}`,
    GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/passphrase', 'correct horse battery staple\n'),
  }
  const { stdout } = await runBash(gsa, 'gsa emulator client-secrets --type desktop', env)
  gsa.file('work/client_secret.json', stdout)
  return env
}

async function runBash(gsa: Gsa, script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return runProgram('bash', ['-eo', 'pipefail', '-c', script], { folder: join(gsa.folder, 'work'), env })
}

/** Runs the same, and must succeed. */
async function bash(gsa: Gsa, script: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const ended = await runBash(gsa, script, env)
  expect(ended.exitCode, `${script}\n${ended.stdout}${ended.stderr}`).toBe(0)
  return ended
}
