import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { root, runProgram } from '../support/built-gsa.ts'
import { test } from '../support/harness.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'

interface Checklist {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly steps: readonly { name: string; status: string; ms: number; detail: string }[]
}

describe('gsa smoke', () => {
  test('walks through the whole flow with nothing configured', async ({ gsa, google }) => {
    const env = {
      GSA_EMULATOR_HOST: undefined,
      GSA_CLIENT_SECRETS: undefined,
      GSA_STORE: undefined,
      DBUS_SESSION_BUS_ADDRESS: undefined,
    }
    const result = await gsa.run('smoke', '--json', { env })
    expect(result.exitCode).toBe(0)
    const checklist = result.json as unknown as Checklist
    expect(checklist.failed).toBe(0)
    expect(checklist.steps.map(({ name }) => name)).toEqual([
      'keychain',
      'emulator',
      'login',
      'exchange',
      'id-token',
      'stored',
      'refresh',
      'drive-ls',
      'drive-put',
      'drive-get',
      'drive-rm',
      'revoke',
    ])
    expect(checklist.steps.filter(({ name }) => name !== 'keychain').every(({ status }) => status === 'passed')).toBe(
      true,
    )
    expect(checklist.passed + checklist.skipped).toBe(checklist.steps.length)
    // It starts its own emulator, and leaves nothing in one that is already running.
    expect(google.requests()).toEqual([])
    expect(gsa.memory.size).toBe(0)
  })

  test('prints one line per step and a closing line', async ({ gsa }) => {
    const { stdout } = await gsa.run('smoke')
    expect(stdout.match(/^[✓–] .* ms {2}/gm)).toHaveLength(12)
    expect(stdout).toMatch(/\n\d+ passed, 0 failed(, \d+ skipped)?\n$/)
  })

  test('prints only ASCII if the locale shows no more', async ({ gsa }) => {
    const { stdout, stderr } = await gsa.run('smoke', { env: { LC_ALL: 'C' } })
    expect(stdout.match(/^[+-] .* ms {2}/gm)).toHaveLength(12)
    expect(stdout + stderr).toMatch(/^[\n\x20-\x7e]*$/)
  })

  test('stops at Ctrl-C, and leaves a report that says so', async ({ gsa }) => {
    const report = join(gsa.folder, 'smoke.xml')
    const result = await gsa.run('smoke', '--junit', report, { interruptWhen: /Start the emulator/ })
    expect(result.exitCode).toBe(130)
    expect(readFileSync(report, 'utf8')).toMatch(/tests="1" failures="1".*\n.*\n.*Finish the smoke test.*interrupted/)
  })

  test.for<readonly [string, (report: string, victim: string) => unknown]>([
    [
      "another user's link",
      (report, victim) => {
        symlinkSync(victim, report)
        lchownSync(report, 1235, 1235)
      },
    ],
    [
      "another user's world-writable file",
      (report) => {
        writeFileSync(report, 'kept')
        chmodSync(report, 0o666)
        chownSync(report, 1235, 1235)
      },
    ],
    [
      "another user's named pipe",
      (report) => {
        makeNamedPipe(report)
        chmodSync(report, 0o666)
        chownSync(report, 1235, 1235)
      },
    ],
  ])('does not write its report through %s', async ([, plant], { gsa, skip }) => {
    needs({ skip }, 'files of another user')
    const [report, victim] = [join(gsa.folder, 'report.xml'), gsa.file('victim', 'kept')]
    const run = await asUser(1234, gsa.folder, async () => {
      process.seteuid?.(0)
      plant(report, victim)
      process.seteuid?.(1234)
      return gsa.run('smoke', '--json', '--junit', report)
    })
    expect([run.exitCode, run.error['code']], run.stderr).toEqual([2, 'file_unwritable'])
    expect(readFileSync(victim, 'utf8')).toBe('kept')
    // Opening a named pipe would block.
    expect(statSync(report).isFile() ? readFileSync(report, 'utf8') : 'kept').toBe('kept')
  })

  test("writes a report through your own link, and keeps the file's mode", async ({ gsa, skip }) => {
    needs({ skip }, 'owners and modes of files')
    const [link, file] = [join(gsa.folder, 'report.xml'), gsa.file('real.xml', 'old')]
    chmodSync(file, 0o640)
    symlinkSync('real.xml', link)
    expect((await gsa.run('smoke', '--junit', link, '--json')).exitCode).toBe(0)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(file, 'utf8')).toContain('<testsuite ')
    expect(statSync(file).mode & 0o777).toBe(0o640)
  })

  test('writes a report to /dev/stdout and to a process substitution', async ({ gsa, skip }) => {
    needs({ skip }, 'bash')
    const script = [
      `'${process.execPath}' '${root}/bin/gsa.js' smoke --json --junit /dev/stdout > file`,
      `'${process.execPath}' '${root}/bin/gsa.js' smoke --json --junit /dev/stdout | cat > piped`,
      `'${process.execPath}' '${root}/bin/gsa.js' smoke --json --junit >(cat > substituted); wait $!`,
    ]
    await runProgram('bash', ['-c', script.join('\n')], { folder: gsa.folder, env: { HOME: gsa.folder } })
    for (const name of ['file', 'piped', 'substituted'])
      expect([name, readFileSync(join(gsa.folder, name), 'utf8')]).toEqual([
        name,
        expect.stringContaining('<testsuite '),
      ])
  })

  test('writes a JUnit report with --junit, even into a new folder', async ({ gsa }) => {
    const report = join(gsa.folder, 'reports/smoke.xml')
    const { json } = await gsa.run('smoke', '--junit', report, '--json')
    const xml = readFileSync(report, 'utf8')
    const { steps, skipped } = json as unknown as Checklist
    expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="gsa smoke" /)
    expect(xml).toContain(
      `<testsuite name="gsa smoke" tests="${steps.length}" failures="0" errors="0" skipped="${skipped}" time="`,
    )
    expect(xml.match(/<testcase name="[^"]+" classname="gsa\.smoke\.emulator" time="\d+\.\d{3}"/g)).toHaveLength(
      steps.length,
    )
  })

  test('refuses a report that cannot be written, before doing anything', async ({ gsa }) => {
    const result = await gsa.run('smoke', '--junit', gsa.folder, '--json')
    expect([result.exitCode, result.error['code']]).toEqual([2, 'file_unwritable'])
    expect(result.error['fix']).toContain('--junit')
    expect(result.stdout).toBe('')
  })
})
