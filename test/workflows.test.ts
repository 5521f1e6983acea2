import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import { platforms } from '../scripts/binaries/platforms.js'
import { packed } from './package/installation.ts'
import { type Ended, root, runProgram } from './support/built-gsa.ts'
import { type Gsa, test } from './support/harness.ts'
import { createReleaseCheckout, repository } from './support/release-checkout.ts'
import { needs } from './support/system-parts.ts'

type Inputs = Readonly<Record<string, unknown>>

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly with?: Inputs
  readonly env?: Inputs
  readonly shell?: string
  readonly run?: string
}

interface Job {
  readonly permissions?: Inputs
  readonly uses?: string
  readonly secrets?: unknown
  readonly needs?: string | readonly string[]
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> }
  readonly steps?: readonly Step[]
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Inputs
  readonly defaults: { readonly run: { readonly shell: string } }
  readonly jobs: Readonly<Record<string, Job>>
}

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')
const folder = '.github/workflows'
const files = readdirSync(join(root, folder)).map((name) => {
  const text = textOf(join(folder, name))
  return { name, text, workflow: parse(text) as Workflow }
})
const jobs = files.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ at: `${name}: ${id}`, workflow, job, steps: job.steps ?? [] })),
)
const runs = jobs.flatMap(({ at, workflow, steps }) =>
  steps.flatMap(({ run, shell = workflow.defaults.run.shell }) => (run === undefined ? [] : [{ at, shell, run }])),
)
const { scripts, engines } = JSON.parse(textOf('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>
  readonly engines: { readonly node: string }
}

/** Returns a step's script, by a part of it. */
function scriptWith(part: string): string {
  const found = runs.filter(({ run }) => run.includes(part))
  expect(found, part).toHaveLength(1)
  return found[0]?.run ?? ''
}

/** Runs a script as GitHub runs a step, with these programs in front of those on PATH. */
async function runStep(
  gsa: Gsa,
  script: string,
  env: Readonly<Record<string, string>>,
  where: string = gsa.folder,
): Promise<Ended> {
  return runProgram('bash', ['--noprofile', '--norc', '-eo', 'pipefail', gsa.file('step.sh', script)], {
    folder: where,
    env: { HOME: join(gsa.folder, 'home'), ...env, PATH: [gsa.folder, process.env['PATH']].join(delimiter) },
  })
}

/** Puts an `npm` in front of the real one that prints its arguments, and CI. */
function fakeNpm(gsa: Gsa): void {
  writeFileSync(join(gsa.folder, 'npm'), '#!/bin/sh\necho "npm $*, CI: ${CI-unset}"\n', { mode: 0o755 })
}

describe('the workflows', () => {
  test('pin each action to a commit, with its version in a comment', () => {
    const uses = files.flatMap(({ text }) => text.match(/(?<=\buses: ).*/g) ?? [])
    const foreign = uses.filter((action) => !action.startsWith('./'))
    for (const action of foreign) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    // One commit per action; otherwise an update was missed somewhere.
    const names = new Set(foreign.map((action) => action.split('@')[0]))
    expect(new Set(foreign).size).toBe(names.size)
    expect([...names].filter((name) => !name?.startsWith('actions/'))).toEqual([])
    expect(names.size).toBeGreaterThan(2)
    for (const action of uses.filter((one) => one.startsWith('./'))) expect(existsSync(join(root, action))).toBe(true)
  })

  test('may only read the repository, except the job that publishes', () => {
    for (const { workflow } of files) expect(workflow.permissions).toEqual({ contents: 'read' })
    const own = jobs.flatMap(({ at, job }) => (job.permissions === undefined ? [] : [[at, job.permissions]]))
    expect(own).toEqual([['release.yml: publish', { 'id-token': 'write' }]])
  })

  test('publish from a tag only, in a job that runs no code from the repository', () => {
    const release = files.find(({ name }) => name === 'release.yml')!.workflow
    expect(release.on).toEqual({ push: { tags: ['v*'] } })
    expect(release.jobs['publish']).toMatchObject({ needs: ['package', 'checks'], environment: 'npm' })
    expect(release.jobs['checks']?.uses).toBe('./.github/workflows/ci.yml')
    const steps = release.jobs['publish']?.steps ?? []
    expect(steps.map(({ uses = 'run' }) => uses.replace(/@.*/, ''))).toEqual([
      'actions/setup-node',
      'actions/download-artifact',
      'run',
    ])
    const artifacts = release.jobs['package']?.steps?.slice(-2).map((step) => step.with)
    expect(artifacts).toMatchObject([
      { name: steps[1]?.with?.['name'], 'if-no-files-found': 'error' },
      { name: 'source-maps', path: 'dist.maps', 'if-no-files-found': 'error' },
    ])
  })

  test("pass no secret to a pull request's code: there is none, and no checkout keeps the token", () => {
    for (const { name, text, workflow } of files) {
      expect(text, name).not.toMatch(/\bsecrets\b|github\.token|GITHUB_TOKEN/)
      expect(Object.keys(workflow.on), name).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(?:pull_request_target|workflow_run|issue_comment)$/)]),
      )
    }
    const checkouts = jobs.flatMap(({ steps }) => steps).filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.length).toBeGreaterThan(1)
    for (const checkout of checkouts) expect(checkout.with).toEqual({ 'persist-credentials': false })
  })

  test('use only expressions that GitHub knows, and none inside a script', () => {
    const github = ['github.event_name', 'github.ref', 'github.run_id']
    const unknown = jobs.flatMap(({ at, workflow, job }) => {
      const matrix = Object.keys(job.strategy?.matrix ?? {}).map((name) => `matrix.${name}`)
      const known = new Set([...github, ...matrix])
      const { jobs: _, ...head } = workflow
      const expressions = JSON.stringify([head, job]).matchAll(/\$\{\{(.*?)\}\}/g)
      return [...expressions]
        .flatMap(([, expression = '']) => expression.replaceAll(/'[^']*'/g, '').match(/[a-z][\w.-]*/gi) ?? [])
        .filter((name) => !known.has(name))
        .map((name) => `${at}: ${name}`)
    })
    expect(unknown).toEqual([])
    for (const { run, at } of runs) expect(run, at).not.toContain('${{')
  })

  test('run scripts that bash can parse, and commands and files that exist', async ({ gsa }) => {
    const wrong: string[] = []
    for (const { at, shell, run } of runs) {
      if (shell !== 'bash') wrong.push(`${at}: ${shell}`)
      const parsed = await runProgram('bash', ['-n', gsa.file('step.sh', run)])
      if (parsed.exitCode !== 0) wrong.push(`${at}: ${parsed.stderr}`)
      wrong.push(...missingCommands(run).map((missing) => `${at}: ${missing}`))
    }
    expect(wrong).toEqual([])
    expect(runs.length).toBeGreaterThan(4)
    accessSync(join(root, scriptWith('.ci/run')), constants.X_OK)
  })

  test('test on the oldest Node that engines allows', () => {
    const matrix = jobs.find(({ at }) => at === 'ci.yml: platforms')?.job.strategy?.matrix
    expect(engines.node).toBe(`>=${matrix?.['node']?.[0]}.0`)
    expect(matrix?.['os']).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest'])
  })

  test('let tests be skipped where not every part is installed', async ({ gsa }) => {
    fakeNpm(gsa)
    expect(await runStep(gsa, scriptWith('npm test'), { CI: 'true' })).toMatchObject({
      exitCode: 0,
      stdout: 'npm test, CI: unset\n',
    })
  })
})

/** Returns what a script would run that does not exist: package.json scripts, npm commands, files. */
function missingCommands(script: string): string[] {
  const ofNpm = new Set(['install', 'pack', 'publish', 'test'])
  const ran = [...script.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name)
  const commands = [...script.matchAll(/\bnpm (?!run )(\S+)/g)].map(([, name = '']) => name)
  const paths = script.match(/(?<![\w"$/.-])\.?[\w-]+(?:\/[\w.-]+)+/g) ?? []
  return [
    ...ran.filter((name) => !(name in scripts)),
    ...commands.filter((name) => !ofNpm.has(name)),
    ...paths.filter((path) => !existsSync(join(root, path))),
  ]
}

describe('the release workflow', () => {
  const check = scriptWith('check-tag')

  test('accepts the tag that npm run release prepared, and no other', async ({ gsa, skip }) => {
    needs({ skip }, 'git')
    const checkout = await createReleaseCheckout()
    expect(await checkout.release('0.2.0')).toMatchObject({ exitCode: 0 })
    const run = async (tag: string, here = repository): Promise<Ended> =>
      runStep(gsa, check, { GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: here }, checkout.folder)
    expect(await run('v0.2.0')).toMatchObject({ exitCode: 0, stdout: 'v0.2.0 is the version of every file.\n' })

    expect((await run('v0.3.0')).stderr.split('\n')).toEqual([
      'The tag v0.3.0 cannot be released:',
      'package.json names 0.2.0.',
      'package-lock.json names 0.2.0.',
      'src/terminal/version.ts names 0.2.0.',
      'docs/ci.md names 0.2.0.',
      'CHANGELOG.md has no heading [0.3.0] - DATE.',
      '',
    ])
    expect(await run('v0.3.0')).toMatchObject({ exitCode: 1, stdout: '' })
    expect((await run('0.2.0')).stderr).toBe('The tag "0.2.0" does not begin with v.\n')
    expect((await run('vx')).stderr).toContain('x is not a version.')
    const fork = await run('v0.2.0', 'mallory/gsa')
    expect(fork.exitCode).toBe(1)
    expect(fork.stderr).toContain(`git+https://github.com/${repository}.git, and this is mallory/gsa`)
  })

  test('refuses a tag that a file contradicts', async ({ gsa, skip }) => {
    needs({ skip }, 'git')
    const checkout = await createReleaseCheckout()
    const run = async (): Promise<Ended> => runStep(gsa, check, { GITHUB_REF_NAME: 'v0.1.0' }, checkout.folder)
    expect(await run()).toMatchObject({ exitCode: 0, stderr: '' })
    const contradictions: readonly (readonly [path: string, from: string, to: string])[] = [
      ['package.json', '"version": "0.1.0"', '"version": "0.1.1"'],
      ['package-lock.json', '      "version": "0.1.0"', '      "version": "0.1.1"'],
      ['src/terminal/version.ts', `'0.1.0'`, `'0.1.1'`],
      ['docs/ci.md', 'gsa-cli@0.1.0 smoke', 'gsa-cli@0.1.1 smoke'],
      ['CHANGELOG.md', '## [0.1.0] - 2026-01-31', '## [0.1.0]'],
    ]
    for (const [path, from, to] of contradictions) {
      const before = checkout.read(path)
      writeFileSync(join(checkout.folder, path), before.replace(from, to))
      const { exitCode, stderr } = await run()
      expect(exitCode, path).toBe(1)
      expect(stderr.split('\n'), path).toHaveLength(3)
      expect(stderr.split('\n')[1], path).toMatch(new RegExp(`^${path} (?:names |has no heading)`))
      writeFileSync(join(checkout.folder, path), before)
    }
  })

  test('installs the packed package and runs gsa smoke', async ({ gsa }) => {
    await packed(root, gsa.folder)
    const settings = { npm_config_offline: 'true', npm_config_cache: join(gsa.folder, 'cache') }
    const smoke = await runStep(gsa, scriptWith('gsa" smoke'), settings)
    expect(smoke.exitCode, smoke.stderr).toBe(0)
    expect(smoke.stdout).toContain('gsa smoke: the whole flow with a local Google emulator')
  })

  test('builds the binaries from the packed files, and tries each on its platform', async ({ gsa }) => {
    const tarball = await packed(root, gsa.folder)
    const packaged = ['bin/gsa.js', 'dist/main.cjs', 'dist/command-tree.json', 'THIRD_PARTY_LICENSES']
    const checkout = join(gsa.folder, 'checkout')
    mkdirSync(checkout)
    renameSync(tarball, join(checkout, basename(tarball)))
    const build = scriptWith('build-binaries')
    const ended = await runStep(gsa, build.replace(/^node (.*)$/m, 'echo "$1"'), {}, checkout)
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0 })
    for (const path of packaged)
      expect(readFileSync(join(checkout, path)).equals(readFileSync(join(root, path)))).toBe(true)
    const used = jobs.find(({ at }) => at === 'release.yml: try-binaries')?.job.strategy?.matrix['os']
    expect(used).toHaveLength(platforms.length)
    for (const { name, archive } of platforms) expect(scriptWith('SHA256SUMS')).toContain(`-${name}.${archive} `)
  })

  test.for<readonly [tag: string, distTag: string]>([
    ['v1.0.0', 'latest'],
    ['v1.0.0-rc.1', 'next'],
  ])('publishes %s as %s, with provenance', async ([tag, distTag], { gsa }) => {
    fakeNpm(gsa)
    gsa.file('gsa-cli-1.tgz', '')
    expect(await runStep(gsa, scriptWith('npm publish'), { GITHUB_REF_NAME: tag })).toMatchObject({
      exitCode: 0,
      stdout: `npm publish --provenance --tag ${distTag} ./gsa-cli-1.tgz, CI: unset\n`,
    })
  })
})

describe('repository, bugs and homepage of package.json', () => {
  const check = scriptWith('check-tag')
  const complaint = /^package\.json(?:: | has no (?:repository|bugs|homepage))/m

  test('are all missing, or fit together', async ({ gsa }) => {
    const manifest = JSON.parse(textOf('package.json')) as Record<string, unknown>
    const links = ['repository', 'bugs', 'homepage'].filter((name) => name in manifest)
    const { stdout, stderr } = await runStep(gsa, check, { GITHUB_REF_NAME: `v${String(manifest['version'])}` }, root)
    // Until the project has a repository, this is the only complaint; a part of the three is never right.
    const found = complaint.test(stdout + stderr)
    expect([links.length, found]).toEqual(links.length === 0 ? [0, true] : [3, false])
  })

  test.for<readonly [what: string, change: (page: string) => object, message: string]>([
    ['no bugs', () => ({ bugs: undefined }), 'package.json has no bugs. Add them'],
    ["another repository's bugs", () => ({ bugs: { url: 'https://github.com/x/y/issues' } }), 'bugs.url is'],
    ['an address that npm does not compare', (url) => ({ repository: { url } }), 'repository.url is'],
    ['a homepage without TLS', () => ({ homepage: 'http://gsa.example' }), 'homepage is http://gsa.example'],
  ])('block a release that has %s', async ([, change, message], { gsa, skip }) => {
    needs({ skip }, 'git')
    const checkout = await createReleaseCheckout()
    const before = JSON.parse(checkout.read('package.json')) as object
    const after = { ...before, ...change(`https://github.com/${repository}`) }
    writeFileSync(join(checkout.folder, 'package.json'), JSON.stringify(after))
    const { exitCode, stderr } = await runStep(gsa, check, { GITHUB_REF_NAME: 'v0.1.0' }, checkout.folder)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(complaint)
    expect(stderr).toContain(message)
  })
})

interface Update {
  readonly 'package-ecosystem': string
  readonly directory: string
  readonly groups: object
  readonly ignore?: readonly { readonly 'dependency-name': string }[]
}

describe('dependabot', () => {
  const { updates } = parse(textOf('.github/dependabot.yml')) as { readonly updates: readonly Update[] }

  test('updates every lock file, in groups, and the actions', () => {
    const lockFiles = ['test', 'scripts'].flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('package-lock.json') && !path.includes('node_modules'))
        .map((path) => `/${top}/${path.replaceAll('\\', '/').replace('/package-lock.json', '')}`),
    )
    expect(lockFiles).toHaveLength(6)
    const directories = (ecosystem: string): string[] =>
      updates.filter((update) => update['package-ecosystem'] === ecosystem).map(({ directory }) => directory)
    expect(directories('npm').toSorted()).toEqual(['/', ...lockFiles].toSorted())
    expect(directories('github-actions')).toEqual(['/'])
    for (const { groups } of updates) expect(Object.keys(groups)).toHaveLength(1)
  })

  test('ignores only existing packages', () => {
    for (const { directory, ignore = [] } of updates) {
      const names = ignore.map((ignored) => ignored['dependency-name']).filter((name) => name !== '*')
      const manifest = names.length === 0 ? '' : textOf(join(directory, 'package.json'))
      expect(names.filter((name) => !manifest.includes(`"${name}": `))).toEqual([])
    }
    expect(updates.flatMap(({ ignore = [] }) => ignore)).toHaveLength(8)
  })
})

interface Field {
  readonly type: string
  readonly id?: string
  readonly attributes: { readonly label?: string; readonly value?: string; readonly description?: string }
  readonly validations?: { readonly required: boolean }
}

describe('the bug form', () => {
  const text = textOf('.github/ISSUE_TEMPLATE/bug.yml')
  const form = parse(text) as { readonly name: string; readonly description: string; readonly body: readonly Field[] }

  test('has the fields that GitHub requires', () => {
    expect(form).toMatchObject({ name: expect.any(String) as string, description: expect.any(String) as string })
    const ids = form.body.flatMap(({ id = [] }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { type, attributes } of form.body) {
      expect(['markdown', 'textarea', 'checkboxes']).toContain(type)
      expect(type === 'markdown' ? attributes.value : attributes.label).toMatch(/\S/)
    }
    expect(parse(textOf('.github/ISSUE_TEMPLATE/config.yml'))).toEqual({ blank_issues_enabled: true })
  })

  test('starts with a warning about secrets, and asks for the output of gsa doctor', () => {
    expect(form.body[0]?.attributes.value).toMatch(/^\*\*Never paste a token,/)
    const doctor = form.body.find(({ id }) => id === 'doctor')
    expect(doctor?.validations?.required).toBe(true)
    expect(doctor?.attributes.description).toContain('no secret and no full email address')
  })

  test('describes gsa doctor correctly: it prints versions and platform, but no secrets and addresses', async ({
    gsa,
    google,
  }) => {
    const code = await google.createCode({ platform: 'android', account: 'grace@corp.example' })
    await gsa.run('exchange', '-', { stdin: code })
    const { stdout, stderr } = await gsa.run('doctor')
    expect(stdout).toMatch(new RegExp(`Node ${process.versions.node.replaceAll('.', '\\.')}, gsa \\d`))
    expect(stdout).toContain('linux')
    expect(stdout + stderr).not.toMatch(/grace@corp\.example|ya29\.|1\/\/0|GOCSPX-/)
  })

  test('names commands and flags that exist', async ({ gsa }) => {
    const named = [
      ...`${text}${textOf('.github/pull_request_template.md')}`.matchAll(/`gsa ([a-z]+)(?: (--[a-z-]+))?/g),
    ]
    expect(named.length).toBeGreaterThan(2)
    for (const [, command = '', flag = '--help'] of named) {
      const { exitCode, stdout } = await gsa.run(command, '--help')
      expect(exitCode, command).toBe(0)
      expect(stdout, command).toContain(flag)
    }
  })
})

test('the pull request template names commands and files that exist', () => {
  const spans = [...textOf('.github/pull_request_template.md').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)
  expect(spans).toEqual(expect.arrayContaining(['npm test', 'CHANGELOG.md']))
  expect(spans.flatMap(missingCommands)).toEqual([])
  expect(textOf('CHANGELOG.md')).toContain('## [Unreleased]')
})
