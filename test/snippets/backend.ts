import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { snippetFor } from '../../src/snippets/snippet.ts'
import { clientSecretsFile, type Emulator } from '../../src/emulator/index.ts'
import { credentials, driveAppdata } from '../emulator/raw-http.ts'
import { goEnvironment, javaClassPath } from '../official-clients/client-program.ts'
import { type ProgramOptions, root, type Running, runProgram, startProgram } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { debianPython, type SystemPart } from '../support/system-parts.ts'

/** A `gsa snippet` backend, and how to run it. */
export interface Backend {
  readonly platform: 'node' | 'python' | 'java' | 'go'
  /** The requirements; none for Node, whose library is a dependency of this checkout. */
  readonly part?: SystemPart
  /** The part that needs a newer library than we have, and its replacement. */
  readonly older?: readonly [string, string]
  /** Whether it refuses a long body by its Content-Length, or after reading too much. */
  readonly goesByLength: boolean
  readonly start: (file: string, options: ProgramOptions & { readonly folder: string }) => Promise<Running>
}

/** A backend that listens. */
export interface RunningBackend {
  readonly address: string
  /** Stops it; returns its output. */
  readonly stop: () => Promise<string>
}

/** The backends. */
export const backends: readonly Backend[] = [
  {
    platform: 'node',
    goesByLength: true,
    start: async (file, options) => {
      symlinkSync(join(root, 'node_modules'), join(options.folder, 'node_modules'))
      return await Promise.resolve(startProgram(process.execPath, [file], options))
    },
  },
  {
    platform: 'python',
    goesByLength: true,
    part: 'official clients for Python',
    // Debian's google-auth has no clock_skew_in_seconds yet.
    older: [', clock_skew_in_seconds=10', ''],
    start: async (file, options) => await Promise.resolve(startProgram(debianPython, [file], options)),
  },
  {
    platform: 'java',
    goesByLength: false,
    part: 'official clients for Java',
    start: async (file, options) => await Promise.resolve(startProgram('java', ['-cp', javaClassPath, file], options)),
  },
  {
    platform: 'go',
    goesByLength: false,
    part: 'go-oidc',
    // Debian has an older release, under its former path; the parts used here are the same.
    older: ['"github.com/coreos/go-oidc/v3/oidc"', '"github.com/coreos/go-oidc"'],
    start: async (file, options) => {
      const { folder } = options
      const env = { ...goEnvironment, HOME: folder }
      const built = await runProgram('go', ['build', '-o', 'server', file], { folder, env, deadlineMs })
      if (built.exitCode !== 0) throw new Error(built.stderr)
      return startProgram(join(folder, 'server'), [], options)
    },
  },
]

const deadlineMs = 120_000

function textOf(platform: Backend['platform'], google: Emulator, dpop: boolean): string {
  const scopes = ['openid', 'email', 'profile', driveAppdata]
  const [file] = snippetFor(platform, { clientId: credentials(google).client_id, scopes, dpop })
  if (file === undefined) throw new Error(`no file for ${platform}`)
  return file.content
}

/** The surroundings of a backend. */
export interface BackendOptions {
  readonly google: Emulator
  readonly folder: string
  /** Prints it with `--dpop`. */
  readonly dpop?: boolean
  /** Overrides the token endpoint in the client secrets file. */
  readonly tokenUri?: string
}

/** Runs a backend against the emulator, as the emulator's web client. It stops at the end of the test at the latest. */
export async function startBackend(
  backend: Backend,
  { google, folder, dpop = false, tokenUri }: BackendOptions,
): Promise<RunningBackend> {
  const { issuer } = google
  const port = await freePort()
  const replacements = [['8080', String(port)] as const, ...(backend.older === undefined ? [] : [backend.older])]
  const text = replacements.reduce(
    (before, [printed, ours]) => {
      if (!before.includes(printed)) throw new Error(`no ${printed} in the ${backend.platform} snippet`)
      return before.replaceAll(printed, ours)
    },
    textOf(backend.platform, google, dpop),
  )
  const names = { node: 'server.mjs', python: 'server.py', java: 'Server.java', go: 'main.go' } as const
  const file = join(folder, names[backend.platform])
  writeFileSync(file, text)
  const { web } = clientSecretsFile('web', issuer)
  const secrets = { web: { ...web, ...(tokenUri !== undefined && { token_uri: tokenUri }) } }
  writeFileSync(join(folder, 'client_secret_web.json'), JSON.stringify(secrets))
  const env = { GSA_EMULATOR_HOST: new URL(issuer).host }
  const running = await backend.start(file, { folder, env, deadlineMs })
  const address = `http://127.0.0.1:${port}`
  await Promise.race([listening(address), running.ended.then((ended) => Promise.reject(new Error(ended.stderr)))])
  return {
    address,
    stop: async () => {
      running.signal('SIGKILL')
      const { stdout, stderr } = await running.ended
      return stdout + stderr
    },
  }
}

async function listening(address: string): Promise<void> {
  for (;;) {
    try {
      await fetch(address)
      return
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
  }
}
