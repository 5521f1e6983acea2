import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test as base, expect } from 'vitest'
import { goEnvironment } from './official-clients/client-program.ts'
import { type Ended, root, runProgram } from './support/built-gsa.ts'
import { debianPython, needs, type SystemPart } from './support/system-parts.ts'

/** A section of the page: what it says to save, and what to type. */
interface Example {
  readonly files: readonly (readonly [string, string])[]
  readonly command: string
}

const page = readFileSync(join(root, 'docs/test-without-google.md'), 'utf8')

const test = base.extend<{ folder: string }>({
  folder: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-without-google-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
})

const sections: readonly { readonly title: string; readonly parts: readonly SystemPart[] }[] = [
  { title: 'Express', parts: ['third-party clients for Node'] },
  { title: 'Flask', parts: ['official clients for Python', 'Flask'] },
  { title: 'Django', parts: ['official clients for Python', 'Django'] },
  { title: 'Go', parts: ['official clients for Go'] },
  { title: 'Java', parts: ['official clients for Java'] },
  { title: 'Ruby', parts: ['Google’s client for Ruby', 'Rack'] },
  { title: 'Rails', parts: ['Google’s client for Ruby', 'Rails'] },
]

/** The configuration of the page. Some clients retry a 503 more than twice. */
const faults = (/```json\n([^]*?)```/.exec(page)?.[1] ?? '').replace('"times": 2', '"times": 99')

// Go compiles its packages the first time.
const timeout = 240_000

test.for(sections)(
  'docs/test-without-google.md gets a green test with $title, and a red one if Google fails',
  { timeout },
  async ({ title, parts }, { folder, skip }) => {
    needs({ skip }, ...parts)
    const { files, command } = exampleOf(title)
    expect(files.length).toBeGreaterThan(0)
    for (const [name, content] of files) writeFileSync(join(folder, name), content)
    writeFileSync(join(folder, 'google.json'), faults)
    const env = { HOME: folder, PATH: install(folder), ...goEnvironment }
    const type = async (line: string): Promise<Ended> =>
      await runProgram('bash', ['-c', line], { folder, env, deadlineMs: 100_000 })
    const green = await type(command)
    expect(green.exitCode, `${command}\n${green.stdout}${green.stderr}`).toBe(0)
    const red = await type(command.replace('--auto-consent', '--auto-consent --config google.json'))
    expect(red.exitCode, `${red.stdout}${red.stderr}`).toBe(1)
  },
)

function exampleOf(title: string): Example {
  const [, section = ''] = page.split(new RegExp(`^## ${title}$`, 'm'))
  const [text = ''] = section.split(/^## /m)
  const files = [...text.matchAll(/^`(\S+)`:\n\n```\w+\n([^]*?)^```$/gm)].map(
    ([, name = '', content = '']) => [name, content] as const,
  )
  const command = /^```console\n\$ (.*)\n```$/m.exec(text)?.[1] ?? ''
  return { files, command }
}

/** Installs gsa, Debian's Python and the packages of Express into a folder, and returns a PATH. */
function install(folder: string): string {
  const [bin, modules] = [join(folder, '.bin'), join(folder, 'node_modules')]
  mkdirSync(bin)
  mkdirSync(modules)
  const gsa = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/gsa.js')}' "$@"\n`
  writeFileSync(join(bin, 'gsa'), gsa, { mode: 0o755 })
  symlinkSync(debianPython, join(bin, 'python3'))
  symlinkSync(join(root, 'test/third-party-clients/node_modules/express'), join(modules, 'express'))
  symlinkSync(join(root, 'node_modules/google-auth-library'), join(modules, 'google-auth-library'))
  return [bin, process.env['PATH']].join(delimiter)
}
