import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { snippetFor } from '../../src/snippets/snippet.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { credentials, driveAppdata } from '../emulator/raw-http.ts'
import { goEnvironment, javaClassPath } from '../official-clients/client-program.ts'
import { root, type Running, runProgram, startProgram } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { debianPython, type SystemPart } from '../support/system-parts.ts'

/** A `gsa snippet` backend: how to point its text at the emulator, and how to run it. */
export interface Backend {
  readonly platform: 'node' | 'python' | 'java' | 'go'
  /** The requirements; none for Node, whose library is a dependency of this checkout. */
  readonly part?: SystemPart
  /** The Google-specific text and its replacements, besides the two addresses that all backends share. */
  readonly google: (issuer: string) => readonly (readonly [string, string])[]
  /** Whether it refuses a long body by its Content-Length, or after reading too much. */
  readonly goesByLength: boolean
  readonly start: (file: string, folder: string) => Promise<Running>
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
    google: (issuer) => [
      [
        'new OAuth2Client()',
        `new OAuth2Client({ issuers: ['${issuer}'], endpoints: { oauth2FederatedSignonPemCertsUrl: '${issuer}/oauth2/v1/certs' } })`,
      ],
    ],
    start: async (file, folder) => {
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
      return await Promise.resolve(startProgram(process.execPath, [file], { folder, deadlineMs }))
    },
  },
  {
    platform: 'python',
    goesByLength: true,
    part: 'official clients for Python',
    // Debian's google-auth has no clock_skew_in_seconds yet; its verify_token is the same check with keys from
    // elsewhere.
    google: (issuer) => [
      ['id_token.verify_oauth2_token(', 'id_token.verify_token('],
      ['clock_skew_in_seconds=10', `certs_url="${issuer}/oauth2/v1/certs"`],
    ],
    start: async (file, folder) => await Promise.resolve(startProgram(debianPython, [file], { folder, deadlineMs })),
  },
  {
    platform: 'java',
    goesByLength: false,
    part: 'official clients for Java',
    google: (issuer) => [
      [
        'new GoogleIdTokenVerifier.Builder(new NetHttpTransport(), JSON)',
        '((GoogleIdTokenVerifier.Builder) new GoogleIdTokenVerifier.Builder(' +
          'new com.google.api.client.googleapis.auth.oauth2.GooglePublicKeysManager.Builder(new NetHttpTransport(), JSON)' +
          `.setPublicCertsEncodedUrl("${issuer}/oauth2/v1/certs").build())` +
          `.setIssuer("${issuer}").setCertificatesLocation("${issuer}/oauth2/v3/certs"))`,
      ],
    ],
    start: async (file, folder) =>
      await Promise.resolve(startProgram('java', ['-cp', javaClassPath, file], { folder, deadlineMs })),
  },
  {
    platform: 'go',
    goesByLength: false,
    part: 'go-oidc',
    google: (issuer) => [
      ['https://www.googleapis.com/oauth2/v3/certs', `${issuer}/oauth2/v3/certs`],
      ['"https://accounts.google.com"', `"${issuer}"`],
      // Debian has an older release, under its former path; the parts used here are the same.
      ['"github.com/coreos/go-oidc/v3/oidc"', '"github.com/coreos/go-oidc"'],
    ],
    start: async (file, folder) => {
      const env = { ...goEnvironment, HOME: folder }
      const built = await runProgram('go', ['build', '-o', 'server', file], { folder, env, deadlineMs })
      if (built.exitCode !== 0) throw new Error(built.stderr)
      return startProgram(join(folder, 'server'), [], { folder, deadlineMs })
    },
  },
]

const deadlineMs = 120_000

function textOf(platform: Backend['platform'], google: Emulator): string {
  const scopes = ['openid', 'email', 'profile', driveAppdata]
  const [file] = snippetFor(platform, { clientId: credentials(google).client_id, scopes })
  if (file === undefined) throw new Error(`no file for ${platform}`)
  return file.content
}

/** Runs a backend against the emulator, as the emulator's web client. It stops at the end of the test at the latest. */
export async function startBackend(
  backend: Backend,
  { google, folder }: { google: Emulator; folder: string },
): Promise<RunningBackend> {
  const { issuer } = google
  const port = await freePort()
  const replacements = [
    ['https://oauth2.googleapis.com/token', `${issuer}/token`],
    ['https://www.googleapis.com/drive', `${issuer}/drive`],
    ['8080', String(port)],
    ...backend.google(issuer),
  ] as const
  const text = replacements.reduce(
    (before, [googles, ours]) => {
      if (!before.includes(googles)) throw new Error(`no ${googles} in the ${backend.platform} snippet`)
      return before.replaceAll(googles, ours)
    },
    textOf(backend.platform, google),
  )
  const names = { node: 'server.mjs', python: 'server.py', java: 'Server.java', go: 'main.go' } as const
  const file = join(folder, names[backend.platform])
  writeFileSync(file, text)
  writeFileSync(join(folder, 'client_secret_web.json'), JSON.stringify({ web: credentials(google) }))
  const running = await backend.start(file, folder)
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
