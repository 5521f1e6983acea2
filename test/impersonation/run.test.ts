import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect, onTestFinished } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { root, runGsa, runProgram, startGsa, startProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

const test = base.extend<{ folder: string }>({
  folder: async ({ task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-run-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
})

const discovery = 'https://accounts.google.com/.well-known/openid-configuration'
const certs = 'https://www.googleapis.com/oauth2/v3/certs'
const run = ['emulator', 'run'] as const

describe('gsa emulator run', () => {
  test('runs a program for which Google is the emulator, and prints nothing of its own on stdout', async ({ skip }) => {
    needs({ skip }, 'curl and jq')
    const ended = await runGsa([...run, '--', 'curl', '--silent', '--show-error', discovery])
    expect(ended.json).toMatchObject({ issuer: 'https://accounts.google.com' })
    expect(ended.exitCode).toBe(0)
    expect(ended.stderr).toMatch(/^Google's hosts are the emulator at http:\/\/127\.0\.0\.1:\d+\. .*\n$/)
  })

  test.each([0, 1, 7, 130, 255])('ends with the exit code of the program: %i', async (code) => {
    expect(await runGsa([...run, '--quiet', '--', 'sh', '-c', `exit ${code}`])).toMatchObject({
      exitCode: code,
      stdout: '',
      stderr: '',
    })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)('ends as the program: by %s', async (signal) => {
    const ended = await runGsa([...run, '--', 'sh', '-c', `kill -${signal.slice(3)} $$`])
    expect(ended).toMatchObject({ exitCode: null, signal })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
    'passes %s on and waits for the program',
    async (name) => {
      const script = `trap 'echo got it; exit 3' ${name.slice(3)}; echo ready >&2; while :; do sleep 0.05; done`
      const running = startGsa([...run, '--quiet', '--', 'sh', '-c', script])
      await running.says(/ready/)
      running.signal(name)
      expect(await running.ended).toMatchObject({ exitCode: 3, stdout: 'got it\n' })
    },
  )

  test.each([
    ['behind --', ['--', 'echo', '--json', '--quiet', '--help', '-x'], '--json --quiet --help -x\n'],
    ['without --', ['echo', '--json', '--', '--version'], '--json -- --version\n'],
    ['behind an option with a value', ['--seed', 'echo', 'echo', '--account', 'x'], '--account x\n'],
    ['that look like a secret', ['--', 'echo', '--client-secret=GOCSPX-abcdefgh'], '--client-secret=GOCSPX-abcdefgh\n'],
  ])('leaves the words of the program alone: %s', async (_, words, stdout) => {
    const ended = await runGsa([...run, ...words])
    expect(ended).toMatchObject({ exitCode: 0, stdout })
  })

  test.each([
    ['no program', [], /Name the program to run\./],
    ['a program with an empty name', ['--', '', 'x'], /Name the program to run\./],
    ['no program behind --', ['--offline', '--'], /Name the program to run\./],
    ['a program that does not exist', ['--', 'no-such-program'], /"no-such-program" cannot be started \(ENOENT\)\./],
    ['an unknown option', ['--ofline', 'true'], /Unknown option '--ofline'/],
    ['options for two emulators', ['--emulator', '127.0.0.1:1', '--seed', 'x', 'true'], /has its seed already/],
    ['an emulator that is none', ['--emulator', '1:2:3', 'true'], /GSA_EMULATOR_HOST|HOST:PORT/],
  ])('refuses %s', async (_, words, sentence) => {
    const ended = await runGsa([...run, ...words])
    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(sentence) as string })
  })

  test.each([
    ['ENOTDIR', 'file/program'],
    ['ELOOP', 'loop'],
    ['EACCES', 'file'],
  ])('says that a program cannot be started, and ends: %s', async (problem, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-run-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'file'), '')
    symlinkSync('loop', join(folder, 'loop'))
    const ended = await runGsa([...run, '--quiet', '--', `./${name}`], { folder })
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' })
    expect(ended.stderr).toMatch(new RegExp(`^Error: "./${name}" cannot be started \\(${problem}\\)\\.\n.*\n$`))
  })

  test('passes SIGINT on after a signal to the whole process group', async () => {
    const script = "trap 'exit 3' INT; trap 'echo group >&2' TERM; echo ready >&2; while :; do sleep 0.05; done"
    const argv = [
      '-w',
      process.execPath,
      join(root, 'bin/gsa.js'),
      ...run,
      '--',
      'sh',
      '-c',
      `echo "at $PPID" >&2; ${script}`,
    ]
    const running = startProgram('setsid', argv, {})
    const [, pid] = await running.says(/^at (\d+)$/m)
    await running.says(/^ready$/m)
    process.kill(-Number(pid), 'SIGTERM')
    await running.says(/^group$/m)
    process.kill(Number(pid), 'SIGINT')
    expect(await running.ended).toMatchObject({ exitCode: 3 })
  })

  test('refuses a temporary folder that does not exist, and ends', async () => {
    const ended = await runGsa([...run, '--', 'true'], { env: { TMPDIR: '/no-such-folder' } })
    expect(ended).toMatchObject({ exitCode: 2 })
    expect(ended.stderr).toContain('no files can be written to the temporary folder "/no-such-folder" (ENOENT)')
  })

  test.each([
    ['PIPE', 141],
    ['USR1', 138],
  ])('ends as a shell reports it after SIG%s, which Node.js would survive', async (name, code) => {
    const script = `'${process.execPath}' '${join(root, 'bin/gsa.js')}' emulator run -- sh -c 'kill -${name} $$'; echo $?`
    const ended = await runProgram('sh', ['-c', script])
    expect(ended.stdout).toBe(`${code}\n`)
  })

  test('keeps hosts that were reached without a proxy, but not Google', async () => {
    const env = {
      NO_PROXY: 'intra.example, .googleapis.com,accounts.google.com,*',
      no_proxy: 'a.example accounts.google.com:443 B.example:8443',
    }
    const { stdout } = await runGsa([...run, '--', 'sh', '-c', 'echo "$NO_PROXY $no_proxy"'], { env })
    expect(stdout).toMatch(
      /^localhost,127\.0\.0\.1,::1,[^ ]+,intra\.example localhost,\S+,a\.example,B\.example:8443\n$/,
    )
    const [complete = ''] = stdout.replace(',intra.example', '').split(' ')
    const again = await runGsa([...run, '--', 'sh', '-c', 'echo "$NO_PROXY"'], {
      env: { NO_PROXY: `${complete},*,.googleapis.com` },
    })
    expect(again.stdout).toBe(`${complete}\n`)
  })

  test('adds once to variables that have a value', async ({ folder }) => {
    const before = {
      NODE_OPTIONS: '--no-warnings',
      JAVA_TOOL_OPTIONS: '-Dada=lovelace',
      PHP_INI_SCAN_DIR: folder,
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    }
    const print = `console.log(JSON.stringify(process.env))`
    const { json, exitCode } = await runGsa([...run, '--', process.execPath, '-e', print], { env: before })
    expect(exitCode).toBe(0)
    for (const [name, value] of Object.entries(before)) expect(String(json[name]).split(value)).toHaveLength(2)
  })

  test('lets Node.js load a program as it does without gsa', async ({ folder }) => {
    const program = join(folder, 'program.odd')
    writeFileSync(program, 'console.log(typeof require, typeof module)')
    expect(await runGsa([...run, '--', process.execPath, program])).toMatchObject({ stdout: 'function object\n' })
  })

  test('hides the addresses of another emulator from the program', async () => {
    const env = {
      GSA_EMULATOR_HOST: '127.0.0.1:1',
      GSA_ISSUER: 'http://127.0.0.1:1',
      GSA_DRIVE_URL: 'http://127.0.0.1:1',
    }
    const ended = await runGsa([...run, '--', 'env'], { env })
    expect(ended.stdout).not.toMatch(/^GSA_(?:EMULATOR_HOST|ISSUER|DRIVE_URL)=/m)
  })

  test('leaves no file and no open port behind', async ({ folder }) => {
    const ended = await runGsa([...run, '--', 'sh', '-c', 'echo "$HTTPS_PROXY $SSL_CERT_FILE"; ls "$TMPDIR"'], {
      env: { TMPDIR: folder },
    })
    const [proxy = '', file = ''] = ended.stdout.split(/\s/)
    expect(file.startsWith(join(folder, 'gsa-emulator-'))).toBe(true)
    expect(existsSync(file)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
    expect(await isListening(Number(new URL(proxy).port))).toBe(false)
  })

  test('removes the files of startEmulator() when its process ends without closing it', async ({ folder }) => {
    const script = `
      const { startEmulator } = require(${JSON.stringify(join(root, 'dist/emulator.cjs'))})
      Promise.all([startEmulator({ impersonate: true }), startEmulator({ tls: true })]).then(() => process.exit(3))`
    const ended = await runProgram(process.execPath, ['-e', script], { env: { TMPDIR: folder } })
    expect(ended).toMatchObject({ exitCode: 3 })
    expect(readdirSync(folder)).toEqual([])
  })

  test('leaves nothing that anyone trusts behind when it is killed', async ({ folder }) => {
    const env = { TMPDIR: folder }
    const running = startGsa([...run, '--', 'sh', '-c', 'echo "$HTTPS_PROXY $$" >&2; exec sleep 30'], { env })
    const [, port = '', child = ''] = await running.says(/^http:\/\/127\.0\.0\.1:(\d+) (\d+)$/m)
    running.signal('SIGKILL')
    // The program goes on, but nobody listens to it.
    process.kill(Number(child))
    await running.ended.catch(() => undefined)
    expect(await isListening(Number(port))).toBe(false)
    // The files that stay are public: none has a private key.
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), 'latin1')).not.toContain('PRIVATE KEY')
  })
})

describe('gsa emulator run --emulator', () => {
  test('uses a running emulator whose issuer is Google', async ({ skip }) => {
    needs({ skip }, 'curl and jq')
    const google = await startEmulator({ issuer: 'https://accounts.google.com' })
    try {
      const { host } = new URL(google.driveUrl)
      const ended = await runGsa([...run, '--emulator', host, '--', 'curl', '--silent', discovery])
      expect(ended.json).toMatchObject({ token_endpoint: 'https://oauth2.googleapis.com/token' })
      expect(google.requests().map(({ path }) => path)).toContain('/.well-known/openid-configuration')
    } finally {
      await google.close()
    }
  })

  test('says how to start an emulator whose issuer is another', async () => {
    const google = await startEmulator()
    try {
      const ended = await runGsa([...run, '--emulator', new URL(google.driveUrl).host, '--', 'true'])
      expect(ended).toMatchObject({ exitCode: 2 })
      expect(ended.stderr).toContain('gsa emulator start --issuer https://accounts.google.com')
    } finally {
      await google.close()
    }
  })
})

describe('a request through gsa emulator run --emulator', () => {
  const bodies: readonly (readonly [method: string, sent: string])[] = [
    ['DELETE', '-X DELETE -H "Transfer-Encoding: chunked" -d hello'],
    ['GET', '-X GET -H "Transfer-Encoding: chunked" -d hello'],
    ['POST', '-H "Transfer-Encoding: chunked" -d hello'],
    ['GET', '-X GET -d hello'],
  ]

  test.each(bodies)('reaches the emulator as one request: %s with %s', async (method, sent) => {
    const google = await startEmulator({ issuer: 'https://accounts.google.com' })
    try {
      const script = `curl -sS -o /dev/null -w '%{http_code}' ${sent} https://www.googleapis.com/nothing`
      const argv = [...run, '--emulator', new URL(google.driveUrl).host, '--', 'sh', '-c', script]
      expect(await runGsa(argv)).toMatchObject({ stdout: '404' })
      const arrived = google.requests().filter(({ path }) => path === '/nothing')
      expect(arrived.map((entry) => entry.method)).toEqual([method])
    } finally {
      await google.close()
    }
  })

  test('is reset where the emulator resets it', async () => {
    const google = await startEmulator({ issuer: 'https://accounts.google.com' })
    google.arm({ on: 'certs', fault: 'reset' })
    try {
      const script = `curl -sS ${certs}; echo $?`
      const argv = [...run, '--emulator', new URL(google.driveUrl).host, '--', 'sh', '-c', script]
      expect(await runGsa(argv)).toMatchObject({ stdout: '56\n' })
    } finally {
      await google.close()
    }
  })

  test('reaches an emulator that serves https', async ({ folder }) => {
    const google = await startEmulator({ issuer: 'https://accounts.google.com', tls: true })
    try {
      const argv = [...run, '--emulator', google.driveUrl, '--', 'curl', '-sS', certs, discovery]
      const ended = await runGsa(argv, { env: { NODE_EXTRA_CA_CERTS: google.caFile ?? '', TMPDIR: folder } })
      expect(ended.stdout).toContain('"keys"')
      expect(ended.stdout).toContain('"issuer": "https://accounts.google.com"')
    } finally {
      await google.close()
    }
  })
})

describe('other hosts', () => {
  test('are refused with --offline, and named once', async ({ skip }) => {
    needs({ skip }, 'curl and jq')
    const twice = 'curl -sS https://example.com/ ; curl -sS https://example.com/ ; curl -sS http://example.org/'
    const ended = await runGsa([...run, '--quiet', '--offline', '--', 'sh', '-c', twice])
    expect(ended.stderr.match(/gsa refused a connection to example\.com/g)).toHaveLength(1)
    expect(ended.stderr).toContain('gsa refused a connection to example.org')
    expect(ended.stdout).toBe('gsa emulator: example.org is not reachable with --offline\n')
  })

  test('are reached through no proxy from before with --offline', async () => {
    const env = { HTTP_PROXY: 'http://192.0.2.1', http_proxy: 'http://192.0.2.1', HTTPS_PROXY: 'http://192.0.2.1' }
    const ended = await runGsa([...run, '--quiet', '--offline', '--', 'env'], { env })
    expect(ended.stdout).toMatch(/^HTTP_PROXY=http:\/\/127\.0\.0\.1:/m)
    expect(ended.stdout).not.toContain('192.0.2.1')
  })

  test.each([
    ['a tunnel', [], 'curl -sS --proxytunnel http://www.googleapis.com/'],
    ['a tunnel offline', ['--offline'], 'curl -sS --proxytunnel http://www.googleapis.com/'],
    ['Node.js', [], `node -e 'http.get("http://www.googleapis.com/")'`],
    ['Node.js offline', ['--offline'], `node -e 'net.connect(80, "www.googleapis.com")'`],
  ])('are not mixed up with other ports of Google: %s', async (_, options, script) => {
    const ended = await runGsa([...run, '--quiet', ...options, '--', 'sh', '-c', `${script}; ${script}`])
    const note = 'gsa refused a connection to www.googleapis.com:80: the emulator stands in for port 443 only.\n'
    expect(ended.stderr.split(note)).toHaveLength(2)
    expect(ended.stderr).not.toMatch(/--offline|real host/)
  })

  const nodePrograms: readonly (readonly [what: string, connection: string, host: string])[] = [
    ['TLS', 'tls.connect(443, "example.com")', 'example.com'],
    ['TLS by address', 'tls.connect(443, "192.0.2.1")', '192.0.2.1'],
    ['a database', 'net.connect(5432, "db.example.com")', 'db.example.com'],
    ['IPv6', 'net.connect({ host: "2001:db8::1", port: 5432 })', '2001:db8::1'],
    ['plain HTTP', 'http.get("http://example.com/")', 'example.com'],
    ['an early write', '((socket) => (socket.write("x"), socket))(net.connect(1, "example.com"))', 'example.com'],
  ]

  test.each(nodePrograms)(
    'are refused with --offline for Node.js, which reads no proxy variable, and named once: %s',
    async (_, connection, host) => {
      const statement = `${connection}.on("error", ({ code, message }) => console.log(code, message))`
      const argv = [...run, '--quiet', '--offline', '--', process.execPath, '-e', `${statement}; ${statement}`]
      const ended = await runGsa(argv)
      const line = `ECONNREFUSED gsa emulator: ${host} is not reachable with --offline\n`
      expect(ended).toMatchObject({ exitCode: 0, stdout: line.repeat(2) })
      expect(ended.stderr).toBe(`gsa refused a connection to ${host}: --offline allows only Google's hosts.\n`)
    },
  )

  test('are not named, with or without --offline, if they are this machine', async () => {
    const script = 'net.connect(1, os.hostname()).on("error", ({ message }) => console.log(message))'
    const ended = await runGsa([...run, '--quiet', '--offline', '--', process.execPath, '-e', script])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    expect(ended.stdout).not.toContain('--offline')
  })

  test('are named, with the way out, if they lead to this machine', async ({ skip }) => {
    needs({ skip }, 'curl and jq')
    const argv = ['--', 'curl', '-sS', '--noproxy', '', 'http://app.localhost:1/', 'https://app.localhost:1/']
    const ended = await runGsa([...run, '--quiet', ...argv])
    const sentence = 'gsa refused a connection to app.localhost, which is this machine: add the name to NO_PROXY.'
    expect(ended.stderr.split(sentence)).toHaveLength(2)
    expect(ended.stdout).toBe(
      'gsa emulator: app.localhost is this machine: connect without the proxy, with the name in NO_PROXY\n',
    )
  })
})

async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}
