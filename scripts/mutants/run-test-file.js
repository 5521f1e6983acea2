// Runs one test file of a copy.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const running = new Set()

/**
 * Runs a test file up to its first failure. Returns whether it `passed`, `failed` or was `late`, the name of the
 * failed test, and the duration in seconds.
 */
export async function runTestFile(copy, file, deadlineSeconds) {
  const vitest = spawn(
    process.execPath,
    // Nearly every test file imports nearly every module, so a cache of transformed modules halves the work.
    [vitestIn(copy), 'run', file, '--bail=1', '--maxWorkers=1', '--experimental.fsModuleCache'],
    { cwd: copy, env: environment(copy), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  running.add(vitest.pid)
  let output = ''
  for (const stream of [vitest.stdout, vitest.stderr]) stream.on('data', (piece) => (output += piece))
  const started = performance.now()
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    signal(vitest.pid, 'SIGTERM')
  }, deadlineSeconds * 1000)
  const patience = setTimeout(() => signal(vitest.pid, 'SIGKILL'), (deadlineSeconds + 5) * 1000)
  const status = await new Promise((resolve, reject) => {
    vitest.once('error', reject)
    vitest.once('exit', resolve)
  })
  clearTimeout(deadline)
  clearTimeout(patience)
  // Time for a test's desktop session to remove its folder.
  if (isLate) await sleep(1000)
  // Child processes of the tests; a mutant can keep them from ending.
  signal(vitest.pid, 'SIGKILL')
  running.delete(vitest.pid)
  return {
    outcome: isLate ? 'late' : status === 0 ? 'passed' : 'failed',
    failed: /^failed: (?:\S+\.test\.ts > )?(.*)$/m.exec(output)?.[1] ?? '',
    seconds: (performance.now() - started) / 1000,
  }
}

function vitestIn(copy) {
  return join(copy, 'node_modules/vitest/vitest.mjs')
}

/** Kills the test files that are still running, when the whole run is interrupted or fails. */
export function endTestFiles() {
  for (const pid of running) signal(pid, 'SIGKILL')
}

function signal(pid, name) {
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended.
  }
}

function environment(copy) {
  // Killed tests leave temporary files behind; here they are removed together with the copy.
  const TMPDIR = join(copy, '..', 'tmp')
  mkdirSync(TMPDIR, { recursive: true })
  chmodSync(TMPDIR, 0o1777)
  const env = { ...process.env, TMPDIR }
  // In CI a skipped test fails the run.
  delete env.CI
  return env
}
