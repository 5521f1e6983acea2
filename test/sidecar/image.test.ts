import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root, runProgram } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { needs } from '../support/system-parts.ts'

test('the image has at most 130 MB, runs as a user without rights, and reports its health', async ({ skip }) => {
  needs({ skip }, 'buildah')
  const folder = mkdtempSync(join(tmpdir(), 'gsa-image-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `[storage]\ndriver = "vfs"\nrunroot = "${folder}/run"\ngraphroot = "${folder}/graph"\n`
  writeFileSync(join(folder, 'storage.conf'), storage)
  const options = { env: { CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'), HOME: folder }, deadlineMs: 100_000 }

  const built = await runProgram(join(root, 'scripts/build-image.sh'), [process.execPath], options)
  const megabytes = Number(/^localhost\/gsa-emulator +([\d.]+) MB$/m.exec(built.stdout)?.[1])
  expect(megabytes, built.stderr).toBeGreaterThan(50)
  expect(megabytes).toBeLessThanOrEqual(130)

  const container = (
    await runProgram('buildah', ['from', '--pull-never', 'localhost/gsa-emulator'], options)
  ).stdout.trim()
  const inspected = await runProgram('buildah', ['inspect', container], options)
  const { User, Env, Entrypoint, Cmd, Healthcheck } = (
    JSON.parse(inspected.stdout) as {
      Docker: { config: Record<string, string[]> & { Healthcheck: { Test: string[] } } }
    }
  ).Docker.config
  expect(User).toBe('65532:65532')
  expect(Env).toContain('GSA_EMULATOR_LISTEN_ADDRESS=0.0.0.0')
  const program = [...(Entrypoint ?? []), ...(Cmd ?? [])]
  const [, ...health] = Healthcheck.Test
  const port = await freePort()
  // The namespaces of the machine, so that the image meets neither its network nor its limits.
  const variables = [`GSA_EMULATOR_LISTEN_PORT=${port}`, 'GSA_EMULATOR_LISTEN_ADDRESS=127.0.0.1', 'GSA_EMULATOR_TLS=1']
  const run = ['run', '--isolation', 'chroot', ...variables.flatMap((variable) => ['--env', variable]), container, '--']
  const checked = `"$@" & emulator=$!
until buildah ${run.join(' ')} ${health.map((word) => `'${word}'`).join(' ')}; do sleep 1; done
echo healthy; kill $emulator; wait $emulator || true`
  const ended = await runProgram('sh', ['-c', checked, 'sh', 'buildah', ...run, ...program, '--json'], options)
  expect(ended.stdout, ended.stderr).toContain('healthy')
  expect(ended.stdout).toContain(`"issuer":"https://127.0.0.1:${port}"`)
})
