import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { RequestListener } from 'node:http'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import type { Emulator } from '../src/emulator/index.ts'
import { serving } from './http/serving.ts'
import { packed } from './package/installation.ts'
import { root, runProgram } from './support/built-gsa.ts'
import { type Gsa, test, withGsa } from './support/harness.ts'
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

/** Returns the folder with the checkout, in which a runner starts each step. */
const workspaceOf = (gsa: Gsa): string => join(gsa.folder, 'work')

/** The files and outputs that the action left behind in a job. */
interface Job {
  readonly failed: boolean
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** The files left in RUNNER_TEMP. */
  readonly left: readonly string[]
}

/** Runs the action's steps as a GitHub runner does: each with its own bash, environment and output file. */
async function runAction(
  gsa: Gsa,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const temp = join(gsa.folder, 'runner temp')
  for (const folder of [temp, workspaceOf(gsa)]) mkdirSync(folder, { recursive: true })
  const known = new Map([['github.action_path', root]])
  for (const [name, { default: value }] of Object.entries(action.inputs))
    known.set(`inputs.${name}`, given[name] ?? value)
  const filled = (text: string): string =>
    text.replace(/\$\{\{ (\S+) \}\}/g, (_, expression: string) => {
      // An output that a step did not set is empty; one with another prefix must exist.
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
        folder: workspaceOf(gsa),
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

/** Returns a job's secrets, with an emulator in place of Google. */
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

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** Responds like an npm registry that has only this package. */
function registryOf(tarball: Buffer): RequestListener {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  return ({ url = '', headers }, response) => {
    if (url.endsWith('.tgz')) {
      response.end(tarball)
      return
    }
    if (url !== '/gsa-cli') {
      response.writeHead(404).end()
      return
    }
    const dist = { tarball: `http://${headers.host}/gsa-cli.tgz`, integrity }
    const versions = { [version]: { name: 'gsa-cli', version, bin: { gsa: 'bin/gsa.js' }, dist } }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ name: 'gsa-cli', 'dist-tags': { latest: version }, versions }))
  }
}

/** The attacker's files and servers. */
interface Attacker {
  /** Returns JavaScript that records what it could read. */
  readonly script: string
  /** Starts a registry whose gsa-cli is that script. */
  readonly registry: string
  /** Creates a folder with that package. */
  readonly folder: string
}

/** Writes a file into the workspace, or elsewhere below the test's folder. */
function put(gsa: Gsa, path: string, content: string, mode = 0o644): string {
  const file = join(gsa.folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content, { mode })
  return file
}

describe('the GitHub Action', () => {
  test('is a composite action whose scripts contain no expressions, and documents its inputs', () => {
    expect(action.runs.using).toBe('composite')
    // A value inserted into a script is code; a value passed in the environment is not.
    for (const { run, env } of action.runs.steps) {
      expect(run).not.toContain('${{')
      for (const value of Object.values(env)) expect(value).toMatch(/^(?:\$\{\{ \S+ \}\})?$/)
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
    expect(readFileSync(join(workspaceOf(gsa), 'reports/smoke.xml'), 'utf8')).toContain('gsa.smoke.account')
    expect(existsSync(join(gsa.folder, 'home/.config'))).toBe(false)
  })

  // npm takes seconds to install, so one test covers everything a checkout can contain.
  test.each<[what: string, plant: (gsa: Gsa, attacker: Attacker) => Readonly<Record<string, string>>]>([
    ['nothing', () => ({})],
    [
      'an .npmrc, a gsa-cli in node_modules, and one as workspace and override',
      (gsa, { folder, registry, script }) => {
        const lines = [`registry=${registry}`, 'ignore-scripts=false', `node-options=--require=${script}`, 'prefix=.']
        put(gsa, 'work/.npmrc', lines.join('\n'))
        cpSync(folder, join(gsa.folder, 'work/node_modules/gsa-cli'), { recursive: true })
        for (const name of ['gsa', 'gsa-cli', 'npm', 'npx', 'node'])
          put(gsa, `work/node_modules/.bin/${name}`, `#!/bin/sh\nexec '${process.execPath}' '${script}'\n`, 0o755)
        cpSync(folder, join(gsa.folder, 'work/packages/gsa-cli'), { recursive: true })
        const manifest = { workspaces: ['packages/*'], overrides: { 'gsa-cli': 'file:packages/gsa-cli' } }
        put(gsa, 'work/package.json', JSON.stringify({ name: 'x', version: '1.0.0', ...manifest }))
        return { PATH: ['node_modules/.bin', '.', '', process.env['PATH']].join(delimiter) }
      },
    ],
    [
      'an npm-shrinkwrap.json, and settings of npm in the environment and the home',
      (gsa, { registry, script }) => {
        const resolved = { version, resolved: `${registry}gsa-cli.tgz`, hasInstallScript: true }
        const lock = { name: 'x', version: '1.0.0', lockfileVersion: 3, requires: true }
        const dependencies = { 'gsa-cli': version }
        const packages = { '': { dependencies }, 'node_modules/gsa-cli': resolved }
        put(gsa, 'work/package.json', JSON.stringify({ name: 'x', version: '1.0.0', dependencies }))
        put(gsa, 'work/npm-shrinkwrap.json', JSON.stringify({ ...lock, packages }))
        put(gsa, 'home/.npmrc', `registry=${registry}\nnode-options=--require=${script}\n`)
        const settings = { npm_config_registry: registry, npm_config_ignore_scripts: 'false' }
        return { ...settings, NPM_CONFIG_USERCONFIG: join(gsa.folder, 'home/.npmrc'), npm_config_prefix: gsa.folder }
      },
    ],
    [
      'variables that make bash and node run something, and settings of gsa',
      (gsa, { script }) => ({
        BASH_ENV: put(gsa, 'bash-env', `'${process.execPath}' '${script}'\n`),
        NODE_OPTIONS: `--require=${script}`,
        NODE_PATH: join(gsa.folder, 'work'),
        GSA_STORE: 'helper:planted',
        GSA_ACCOUNT: 'mallory@example.com',
        GSA_CONFIG_DIR: join(gsa.folder, 'work'),
        GSA_CLIENT_SECRETS: join(gsa.folder, 'work/client_secret.json'),
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      }),
    ],
  ])(
    'installs gsa in its own version, and passes the secrets to nothing else, where the job has: %s',
    { timeout: 120_000 },
    async (_, plant) => {
      await withGsa(async (gsa, google) => {
        const stolen = join(gsa.folder, 'stolen')
        const script = put(
          gsa,
          'attacker/gsa-cli/bin/gsa.js',
          `#!/usr/bin/env node\nrequire('node:fs').appendFileSync(${JSON.stringify(stolen)}, JSON.stringify([process.argv, process.env]))\n`,
          0o755,
        )
        const scripts = { install: 'node bin/gsa.js' }
        const manifest = { name: 'gsa-cli', version, bin: { gsa: 'bin/gsa.js' }, scripts }
        put(gsa, 'attacker/gsa-cli/package.json', JSON.stringify(manifest))
        const folder = join(gsa.folder, 'attacker/gsa-cli')
        execFileSync('tar', ['czf', join(gsa.folder, 'attacker.tgz'), '-C', join(folder, '..'), 'gsa-cli'])
        const theirs = registryOf(readFileSync(join(gsa.folder, 'attacker.tgz')))
        const ours = registryOf(readFileSync(await packed(root, gsa.folder)))
        const asked: string[] = []
        await serving(
          (request, response) => {
            asked.push(request.url ?? '')
            theirs(request, response)
          },
          async ({ href: registry }) => {
            mkdirSync(workspaceOf(gsa))
            const planted = plant(gsa, { script, registry, folder })
            await serving(ours, async (chosen) => {
              const { given, env } = await account(gsa, google)
              const inputs = { ...given, path: '', registry: chosen.href, junit: 'smoke.xml' }
              const job = await runAction(gsa, inputs, { ...env, ...planted })
              expect(job.failed, job.log).toBe(false)
              expect(job.outputs).toEqual({ passed: '8', failed: '0' })
              expect(job.log).not.toMatch(secretShapes)
              expect(job.left).toEqual([])
            })
          },
        )
        expect(asked).toEqual([])
        expect(existsSync(stolen)).toBe(false)
        expect(readFileSync(join(workspaceOf(gsa), 'smoke.xml'), 'utf8')).toContain('gsa.smoke.account')
      })
    },
  )

  test("uses npm's own registry unless one is named, and passes npm no secret", async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    const defaults = ['config', 'get', 'registry', '--userconfig', join(gsa.folder, 'u'), '--globalconfig']
    const clean = { HOME: gsa.folder }
    const registry = await runProgram('npm', [...defaults, join(gsa.folder, 'g')], { folder: gsa.folder, env: clean })
    expect(registry.stdout).toMatch(/^https:\S+\n$/)
    // An npm that records what npm would request, and its environment, and installs the checkout.
    const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
    const log = join(gsa.folder, 'npm.log')
    const lines = [
      `{ '${npm}' config get registry "$@"; pwd; env; } > '${log}'`,
      `mkdir node_modules && ln -s '${root}' node_modules/gsa-cli`,
    ]
    put(gsa, 'bin/npm', ['#!/bin/sh', 'shift', ...lines, ''].join('\n'), 0o755)
    put(gsa, 'work/.npmrc', 'registry=http://127.0.0.1:9/\n')
    const planted = { npm_config_registry: 'http://127.0.0.1:9/', GITHUB_TOKEN: 'ghs_x', GSA_REFRESH_TOKEN: '1//0x' }
    const PATH = [join(gsa.folder, 'bin'), process.env['PATH']].join(delimiter)
    const job = await runAction(gsa, { ...given, path: '' }, { ...env, ...planted, PATH })
    expect(job.failed, job.log).toBe(false)
    const [asked, , folder, ...environment] = readFileSync(log, 'utf8').trim().split('\n')
    expect(`${asked?.replace(/^registry=/, '')}\n`).toBe(registry.stdout)
    expect(folder).toMatch(/\/runner temp\/gsa-smoke\.\w+$/)
    const names = environment.map((line) => line.replace(/=.*/, ''))
    expect(names).toEqual(expect.arrayContaining(['HOME', 'PATH']))
    expect(names.filter((name) => /^(?:GITHUB|GSA|npm|CLIENT|RUNNER)_/i.test(name))).toEqual([])
  })

  test('fails with a failing smoke test, and says how many steps failed', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    await gsa.run('revoke', '--yes', { env: { GSA_REFRESH_TOKEN: given['refresh-token'] } })
    const job = await runAction(gsa, given, env)
    expect(job.failed).toBe(true)
    expect(job.outputs).toEqual({ passed: '1', failed: '1' })
    expect(job.log).toContain('was rejected (invalid_grant)')
    expect(job.log).not.toMatch(secretShapes)
    expect(job.left).toEqual([])
  })

  test.for<readonly [what: string, plant: (work: string, outside: string) => unknown]>([
    ['the report', (work, outside) => symlinkSync(join(outside, 'smoke.xml'), join(work, 'reports/smoke.xml'))],
    [
      'its folder',
      (work, outside) => {
        rmdirSync(join(work, 'reports'))
        symlinkSync(outside, join(work, 'reports'))
      },
    ],
  ])('does not write through a link that the checkout has in place of %s', async ([, plant], { gsa }) => {
    const victim = put(gsa, 'outside/smoke.xml', 'kept')
    mkdirSync(join(workspaceOf(gsa), 'reports'), { recursive: true })
    plant(workspaceOf(gsa), dirname(victim))
    const job = await runAction(gsa, { path: root, junit: 'reports/smoke.xml' })
    expect(job.failed).toBe(true)
    expect(job.log).toContain('::error::junit must not be a link, a folder or a path outside the workspace')
    expect(readFileSync(victim, 'utf8')).toBe('kept')
    expect(job.left).toEqual([])
  })

  test('runs on the emulator where there are no secrets', async ({ gsa, google }) => {
    const job = await runAction(gsa, { path: root }, { GSA_EMULATOR_HOST: new URL(google.issuer).host })
    expect(job.failed, job.log).toBe(false)
    expect(job.log).toContain('gsa smoke: the whole flow with a local Google emulator')
    expect(job.outputs['failed']).toBe('0')
    expect(google.requests()).toEqual([])
    expect(job.left).toEqual([])
  })

  test('fails for an account whose token is missing', async ({ gsa, google }) => {
    const { given, env } = await account(gsa, google)
    const job = await runAction(gsa, { ...given, 'refresh-token': '' }, env)
    expect(job.failed).toBe(true)
    expect(job.log).toBe(
      '::error::client-secrets is set but refresh-token is empty. Does a secret of that name exist?\n',
    )
    expect(job.outputs).toEqual({ passed: '', failed: '' })
    expect(job.left).toEqual([])
    expect((await runAction(gsa, { ...given, 'client-secrets': '' }, env)).log).toContain(
      'No OAuth client was specified.',
    )
  })
})
