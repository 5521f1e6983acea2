import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { clientSecretsFile, type Emulator, type SdkPlatform, startEmulator } from '../../src/emulator/index.ts'
import { goEnvironment, javaClassPath } from '../official-clients/client-program.ts'
import { type Ended, root, runGsa } from '../support/built-gsa.ts'
import {
  bun,
  debianPython,
  deno,
  needs,
  nodeLines,
  nodeOfLine,
  type SystemPart,
  turbo,
} from '../support/system-parts.ts'

const googleIssuer = 'https://accounts.google.com'
const programs = join(import.meta.dirname, 'programs')

// Go compiles more than a hundred packages the first time.
const timeout = 240_000

const test = base.extend<{ folder: string }>({
  folder: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-programs-'))
    writeFileSync(join(folder, 'client_secret.json'), JSON.stringify(clientSecretsFile('web', googleIssuer)))
    try {
      await use(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

interface Program {
  readonly program: string
  readonly parts: readonly SystemPart[]
  readonly command: readonly string[]
}

/** Returns the path of a file in the folder of programs. */
const at = (file: string): string => join(programs, file)

const python = 'official clients for Python'
const java = 'official clients for Java'

// Deno would download packages, too.
const runtimes = { Deno: [deno, 'run', '--allow-all', '--node-modules-dir=manual'], Bun: [bun] } as const

const requests: readonly Program[] = [
  {
    program: 'curl',
    parts: ['curl and jq'],
    command: ['sh', '-c', `curl -sS ${googleIssuer}/.well-known/openid-configuration | jq -r .issuer`],
  },
  { program: 'Python’s urllib', parts: [python], command: [debianPython, at('with_urllib.py')] },
  { program: 'Python’s requests', parts: [python], command: [debianPython, at('with_requests.py')] },
  { program: 'Python’s httplib2', parts: [python], command: [debianPython, at('with_httplib2.py')] },
  { program: 'Java’s HttpURLConnection', parts: [java], command: ['java', at('UrlConnection.java')] },
  { program: 'Java’s HttpClient', parts: [java], command: ['java', at('NewHttpClient.java')] },
  { program: 'Ruby’s Net::HTTP', parts: ['Google’s client for Ruby'], command: ['ruby', at('net_http.rb')] },
  { program: 'Perl’s LWP', parts: ['LWP'], command: ['perl', at('lwp.pl')] },
  { program: 'PHP’s curl', parts: ['PHP'], command: ['php', at('curl.php')] },
  { program: 'Rust’s reqwest with rustls', parts: ['Deno, Bun and turbo'], command: ['bash', at('turbo.sh'), turbo] },
  { program: 'Go’s net/http', parts: ['official clients for Go'], command: ['go', 'run', at('discovery.go')] },
  ...nodeLines.flatMap((line): readonly Program[] =>
    ['fetch', 'https'].map((client) => ({
      program: `${client} of Node ${line}`,
      parts: ['the other Nodes'],
      command: [nodeOfLine(line), at(`${client}.mjs`)],
    })),
  ),
  ...Object.entries(runtimes).flatMap(([runtime, command]): readonly Program[] =>
    ['fetch', 'https'].map((client) => ({
      program: `${client} of ${runtime}`,
      parts: ['Deno, Bun and turbo'],
      command: [...command, at(`${client}.mjs`)],
    })),
  ),
]

describe('gsa emulator run, with Google’s addresses in the program', () => {
  test.for(requests)('$program finds Google', { timeout }, async ({ parts, command }, { folder, skip }) => {
    needs({ skip }, ...parts)
    const ended = await runUnmodified(['--offline'], command, folder)
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${googleIssuer}\n` })
  })
})

const signedIn = 'signed in: ada@example.com\n'
const node = [process.execPath] as const

interface SignIn extends Program {
  readonly options?: readonly string[]
  readonly stdout: string
}

const signIns: readonly SignIn[] = [
  {
    program: 'rclone',
    parts: ['rclone'],
    command: ['bash', at('rclone.sh')],
    stdout: 'hello\nhello.txt\nlarge.bin\n',
  },
  {
    program: 'google-auth and googleapiclient for Python',
    parts: [python],
    command: [debianPython, at('google_auth.py')],
    stdout: `${signedIn}content: hello\n`,
  },
  {
    program: 'run_local_server of google-auth-oauthlib',
    parts: [python],
    command: [debianPython, at('local_server.py')],
    stdout: `opening a browser\n${signedIn}refresh token: True\n`,
  },
  ...['google-auth-library-9', 'google-auth-library-10', 'google-auth-library-11'].map((version) => ({
    program: version,
    parts: ['third-party clients for Node', 'official clients for Node'] as const,
    command: [...node, '--no-deprecation', 'google-auth-library.mjs', version],
    stdout: `${signedIn}refreshed: true\nname: appDataFolder\n`,
  })),
  ...Object.entries(runtimes).map(([runtime, command]) => ({
    program: `google-auth-library-11 on ${runtime}`,
    parts: ['official clients for Node', 'Deno, Bun and turbo'] as const,
    command: [...command, 'google-auth-library.mjs', 'google-auth-library-11'],
    stdout: `${signedIn}refreshed: true\nname: appDataFolder\n`,
  })),
  {
    program: 'better-auth',
    parts: ['third-party clients for Node'],
    command: [...node, 'better-auth.mjs'],
    stdout: `${signedIn}refresh token: true\n`,
  },
  {
    program: 'next-auth 4',
    parts: ['third-party clients for Node'],
    // It has a redirect URI of its own.
    options: ['--client-secrets', at('next-auth.json')],
    command: [...node, 'next-auth.mjs', at('next-auth.json')],
    stdout: `${signedIn}refresh token: true\n`,
  },
  {
    program: 'golang.org/x/oauth2 and Google’s Drive client for Go',
    parts: ['the Drive client for Go'],
    command: ['go', 'run', at('drive.go')],
    stdout: 'content: hello\n',
  },
  {
    program: 'googleauth and Google’s Drive client for Ruby',
    parts: ['Google’s client for Ruby'],
    command: ['ruby', at('drive.rb')],
    stdout: 'content: hello\n',
  },
]

describe('gsa emulator run --auto-consent', () => {
  test.for(signIns)('$program signs in', { timeout }, async (program, { folder, skip }) => {
    const { parts, options = [], command, stdout } = program
    needs({ skip }, ...parts)
    installForNode(folder)
    const ended = await runUnmodified(['--auto-consent', '--offline', ...options], command, folder)
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout })
  })
})

const classPath = [javaClassPath, ...['google-http-client-jackson2', 'jackson-core'].map((name) => jar(name))]

const guides: readonly (Program & { readonly platform: SdkPlatform })[] = [
  {
    program: 'in Java',
    parts: [java],
    platform: 'android',
    command: ['java', '-cp', classPath.join(delimiter), at('GuideCalls.java')],
  },
  // oauth2client sends `postmessage`, the redirect URI of the web pop-up.
  { program: 'in Python', parts: [python], platform: 'web-popup', command: [debianPython, at('oauth2client_code.py')] },
]

describe('the calls of Google’s offline-access guides', () => {
  test.for(guides)(
    '$program exchange a code ($platform) and read the app folder',
    { timeout },
    async ({ parts, platform, command }, { folder, skip }) => {
      needs({ skip }, ...parts)
      const google = await startEmulator({ issuer: googleIssuer })
      try {
        const code = await google.createCode({ platform })
        const ended = await runUnmodified(['--offline', '--emulator', hostOf(google)], [...command, code], folder)
        expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${signedIn}name: appDataFolder\n` })
        const sent = google.requests().map(({ method, path, status }) => `${method} ${path} ${status}`)
        expect(sent).toEqual(expect.arrayContaining(['GET /drive/v3/files/appfolder 200']))
      } finally {
        await google.close()
      }
    },
  )
})

async function runUnmodified(options: readonly string[], command: readonly string[], folder: string): Promise<Ended> {
  return await runGsa(['emulator', 'run', ...options, '--', ...command], {
    folder,
    env: { HOME: folder, ...goEnvironment },
    deadlineMs: 200_000,
  })
}

/** The packages of the programs for Node, by the names under which they import them. */
const packages: Readonly<Record<string, string>> = {
  'better-auth': 'test/third-party-clients/node_modules/better-auth',
  express: 'test/third-party-clients/node_modules/express',
  'next-auth': 'test/third-party-clients/node_modules/next-auth',
  'google-auth-library-9': 'test/third-party-clients/node_modules/google-auth-library-9',
  'google-auth-library-10': 'node_modules/google-auth-library',
  'google-auth-library-11': 'test/official-clients/node_modules/google-auth-library',
}

/** Puts the programs for Node into a folder where they find their packages. */
function installForNode(folder: string): void {
  for (const file of ['google-auth-library.mjs', 'better-auth.mjs', 'next-auth.mjs'])
    copyFileSync(at(file), join(folder, file))
  mkdirSync(join(folder, 'node_modules'))
  for (const [name, path] of Object.entries(packages)) symlinkSync(join(root, path), join(folder, 'node_modules', name))
}

function jar(name: string): string {
  return `/usr/share/java/${name}.jar`
}

function hostOf(google: Emulator): string {
  return new URL(google.driveUrl).host
}
