import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import type { Emulator } from '../src/emulator/index.ts'
import { root, runProgram } from './support/built-gsa.ts'
import { type Gsa, test } from './support/harness.ts'
import { refreshTokenOf } from './support/refresh-token.ts'

interface ActionStep {
  readonly id?: string
  readonly if?: string
  readonly shell: string
  readonly env: Readonly<Record<string, string>>
  readonly run: string
}

interface Action {
  readonly inputs: Readonly<Record<string, { description: string; default: string }>>
  readonly outputs: Readonly<Record<string, { value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] }
}

const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action

/** What the action left behind in a job. */
interface Job {
  readonly failed: boolean
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** What is left in RUNNER_TEMP. */
  readonly left: readonly string[]
}

/** Runs the steps of the action as a runner of GitHub does: each its own bash, its environment, its file for outputs. */
async function runAction(
  gsa: Gsa,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const temp = join(gsa.folder, 'runner temp')
  mkdirSync(temp, { recursive: true })
  const known = new Map([['github.action_path', root]])
  for (const [name, { default: value }] of Object.entries(action.inputs))
    known.set(`inputs.${name}`, given[name] ?? value)
  const filled = (text: string): string =>
    text.replace(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => {
      // What a step did not put out is empty; what has another beginning must be there.
      if (!known.has(expression) && !expression.startsWith('steps.')) throw new Error(`there is no ${expression}`)
      return known.get(expression) ?? ''
    })
  let failed = false
  let log = ''
  for (const [at, step] of action.runs.steps.entries()) {
    if (failed && step.if !== 'always()') continue
    const outputs = gsa.file('github-output', '')
    const stepEnv = Object.entries(step.env).map(([name, value]) => [name, filled(value)] as const)
    const { exitCode, stdout, stderr } = await runProgram(
      step.shell,
      ['--noprofile', '--norc', '-eo', 'pipefail', gsa.file(`step-${at}.sh`, step.run)],
      {
        folder: gsa.folder,
        env: {
          HOME: join(gsa.folder, 'home'),
          RUNNER_TEMP: temp,
          GITHUB_OUTPUT: outputs,
          ...env,
          ...Object.fromEntries(stepEnv),
        },
      },
    )
    log += stdout + stderr
    failed ||= exitCode !== 0
    for (const [, name, value = ''] of readFileSync(outputs, 'utf8').matchAll(/^([^=]+)=(.*)$/gm))
      known.set(`steps.${step.id}.outputs.${name}`, value)
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value)] as const)
  return { failed, log, outputs: Object.fromEntries(outputs), left: readdirSync(temp) }
}

const secretShapes = /ya29\.|1\/\/0|GOCSPX-|eyJ/

/** The secrets of a job, and an emulator in place of Google. */
async function account(
  gsa: Gsa,
  google: Emulator,
): Promise<{ given: Record<string, string>; env: Record<string, string> }> {
  return {
    given: {
      'refresh-token': await refreshTokenOf(gsa, google),
      'client-secrets': readFileSync(gsa.webClient, 'utf8'),
      path: root,
    },
    env: { GSA_EMULATOR_HOST: new URL(google.issuer).host },
  }
}

/** An `npx` that notes how it was called and what it could read, and runs the checkout. */
function npx(gsa: Gsa): { PATH: string } {
  const bin = join(gsa.folder, 'bin')
  mkdirSync(bin)
  const program = [
    '#!/bin/sh',
    `{ echo "$@"; stat -c %a "$GSA_CLIENT_SECRETS"; env | grep -c "^CLIENT_SECRETS="; } > '${join(gsa.folder, 'npx.log')}'`,
    'shift 2',
    `exec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"`,
    '',
  ]
  writeFileSync(join(bin, 'npx'), program.join('\n'), { mode: 0o755 })
  return { PATH: [bin, process.env['PATH']].join(delimiter) }
}

describe('the GitHub Action', () => {
  test('is a composite action whose scripts hold no expression, and describes what it takes', () => {
    expect(action.runs.using).toBe('composite')
    // What is filled into a script is code; what is filled into the environment is not.
    for (const { run, env } of action.runs.steps) {
      expect(run).not.toContain('${{')
      for (const value of Object.values(env)) expect(value).toMatch(/^\$\{\{ \S+ \}\}$/)
    }
    for (const { description } of Object.values(action.inputs)) expect(description).toMatch(/\.$/)
    expect(action.runs.steps.at(-1)).toMatchObject({ if: 'always()' })
  })

  test('runs against an account, shows no secret and leaves none behind', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    const job = await runAction(gsa, { ...given, junit: 'reports/smoke.xml' }, env)
    expect(job.failed, job.log).toBe(false)
    expect(job.outputs).toEqual({ passed: '8', failed: '0' })
    expect(job.log).toContain('gsa smoke: the account of GSA_REFRESH_TOKEN')
    expect(job.log).not.toMatch(secretShapes)
    expect(job.left).toEqual([])
    expect(readFileSync(join(gsa.folder, 'reports/smoke.xml'), 'utf8')).toContain('gsa.smoke.account')
    expect(existsSync(join(gsa.folder, 'home/.config'))).toBe(false)
  })

  test('takes gsa from npm in its own version, with the client in a file of mode 0600', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    const job = await runAction(gsa, { ...given, path: '' }, { ...env, ...npx(gsa) })
    expect(job.failed, job.log).toBe(false)
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const report = String.raw`\S+.*/runner temp/gsa-smoke\.\w+/smoke\.xml`
    expect(readFileSync(join(gsa.folder, 'npx.log'), 'utf8')).toMatch(
      new RegExp(`^--yes gsa-cli@${version.replaceAll('.', String.raw`\.`)} smoke --junit ${report}\n600\n0\n$`),
    )
    expect(job.left).toEqual([])
  })

  test('fails with a smoke test that fails, and says how many steps did', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    await gsa.run('revoke', '--yes', { env: { GSA_REFRESH_TOKEN: given['refresh-token'] } })
    const job = await runAction(gsa, given, env)
    expect(job.failed).toBe(true)
    expect(job.outputs).toEqual({ passed: '1', failed: '1' })
    expect(job.log).toContain('was refused (invalid_grant)')
    expect(job.log).not.toMatch(secretShapes)
    expect(job.left).toEqual([])
  })

  test('runs on a local Google where there are no secrets', async ({ gsa, google }) => {
    const job = await runAction(gsa, { path: root }, { GSA_EMULATOR_HOST: new URL(google.issuer).host })
    expect(job.failed, job.log).toBe(false)
    expect(job.log).toContain('gsa smoke: the whole flow on a local Google')
    expect(job.outputs['failed']).toBe('0')
    expect(google.requests()).toEqual([])
    expect(job.left).toEqual([])
  })

  test('does not pass for an account whose token is missing', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    const job = await runAction(gsa, { ...given, 'refresh-token': '' }, env)
    expect(job.failed).toBe(true)
    expect(job.log).toBe(
      '::error::client-secrets was given and refresh-token is empty: is there a secret of that name?\n',
    )
    expect(job.outputs).toEqual({ passed: '', failed: '' })
    expect(job.left).toEqual([])
    expect((await runAction(gsa, { ...given, 'client-secrets': '' }, env)).log).toContain('No OAuth client was given.')
  })
})
