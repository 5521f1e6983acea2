import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { parse } from 'yaml'
import { root, runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

const page = readFileSync(join(root, 'docs/sidecar.md'), 'utf8')

/** Returns the code blocks of a section. */
function blocksOf(section: string, language: string): string[] {
  const [, text = ''] = page.split(`\n## ${section}\n`)
  const [own = ''] = text.split('\n## ')
  return [...own.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) => block)
}

const test = base.extend<{ folder: string }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-recipe-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
})

interface Service {
  readonly image?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** Returns the variables that a container gets which `gsa emulator start` does not read. */
function unknownVariables({ environment, env }: Service): string[] {
  const known = readFileSync(join(root, 'src/commands/emulator/start-options.ts'), 'utf8')
  return Object.keys({ ...environment, ...env }).filter((name) => !known.includes(`'${name}'`))
}

describe('docs/sidecar.md', () => {
  test('has the services of the compose example', () => {
    const printed = parse(blocksOf('Compose', 'yaml')[0] ?? '') as { services: Record<string, Service> }
    const example = parse(readFileSync(join(root, 'examples/compose/compose.yaml'), 'utf8')) as typeof printed
    expect(example.services['google']).toEqual(printed.services['google'])
    expect(unknownVariables(example.services['google'] ?? {})).toEqual([])
  })

  test('gives the service of GitHub Actions only variables that exist', () => {
    const workflow = parse(blocksOf('GitHub Actions', 'yaml')[0] ?? '') as {
      jobs: { test: { services: { google: Service } } }
    }
    expect(unknownVariables(workflow.jobs.test.services.google)).toEqual([])
  })

  test('has a recipe for Vitest that works', async ({ folder }) => {
    writeFileSync(join(folder, 'recipe.test.ts'), blocksOf('Vitest', 'ts')[0] ?? '')
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(join(root, 'node_modules/vitest'), join(folder, 'node_modules/vitest'))
    symlinkSync(root, join(folder, 'node_modules/gsa-cli'))
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, [vitest, 'run', '--root', folder], {
      folder,
    })
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/1 passed/)
  })

  test('has fixtures for pytest that work', async ({ folder, skip }) => {
    needs({ skip }, 'pytest')
    const [fixtures = '', used = ''] = blocksOf('pytest', 'python')
    writeFileSync(join(folder, 'conftest.py'), fixtures)
    writeFileSync(join(folder, 'test_recipe.py'), used)
    const ended = await runProgram('python3', ['-m', 'pytest', '-q'], { folder, env: { PATH: withGsa(folder) } })
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0)
    expect(ended.stdout).toContain('1 passed')
  })

  test('has an extension for JUnit 5 that works', async ({ folder, skip }) => {
    needs({ skip }, 'JUnit 5')
    writeFileSync(join(folder, 'GoogleEmulator.java'), blocksOf('JUnit 5', 'java')[0] ?? '')
    writeFileSync(join(folder, 'RecipeTest.java'), junitTest)
    const modules = ['jupiter-api', 'jupiter-engine', 'platform-commons', 'platform-console', 'platform-engine']
    const jars = [...modules, 'platform-launcher', 'platform-reporting'].map(
      (name) => `/usr/share/java/junit-${name}.jar`,
    )
    const others = ['opentest4j', 'apiguardian-api', 'picocli', 'univocity-parsers'].map(
      (name) => `/usr/share/java/${name}.jar`,
    )
    const path = [...jars, ...others, folder].join(delimiter)
    const env = { PATH: withGsa(folder) }
    const compiled = await runProgram('javac', ['-cp', path, '-d', folder, 'GoogleEmulator.java', 'RecipeTest.java'], {
      folder,
      env,
    })
    expect(compiled.stderr).not.toContain('error')
    const launcher = 'org.junit.platform.console.ConsoleLauncher'
    const ended = await runProgram('java', ['-cp', path, launcher, '-c', 'RecipeTest'], { folder, env })
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/1 tests successful/)
  })
})

const junitTest = `import static org.junit.jupiter.api.Assertions.assertTrue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RecipeTest {
  @RegisterExtension static GoogleEmulator google = new GoogleEmulator();

  @Test
  void makesACode() throws Exception {
    assertTrue(google.control("codes", "{}").contains("4/0"));
  }
}
`

/** Returns a PATH on which `gsa` is the built program. */
function withGsa(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'gsa'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"\n`, {
    mode: 0o755,
  })
  return [bin, process.env['PATH']].join(delimiter)
}
