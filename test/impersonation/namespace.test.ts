import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test as base, describe, expect, vi } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { createPrivateCa } from '../../src/emulator/impersonation/private-ca.ts'
import { subjectHash } from '../../src/emulator/impersonation/subject-hash.ts'
import { goEnvironment } from '../official-clients/client-program.ts'
import { type Ended, root, type Running, startProgram } from '../support/built-gsa.ts'
import { buildBinary } from '../support/single-file-binary.ts'
import { needs } from '../support/system-parts.ts'

/** A folder in which the program is installed for every user of the machine, and one for temporary files. */
interface Installation {
  readonly gsa: string
  readonly folder: string
}

const test = base.extend<{ installation: Installation }>({
  installation: async ({ skip }, use) => {
    needs({ skip }, 'network namespaces', 'files of another user')
    const at = mkdtempSync(join(tmpdir(), 'gsa-namespace-test-'))
    for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(at, part), { recursive: true })
    const folder = join(at, 'temporary')
    mkdirSync(folder)
    execFileSync('chmod', ['755', at])
    execFileSync('chmod', ['1777', folder])
    await use({ gsa: join(at, 'bin/gsa.js'), folder })
    rmSync(at, { recursive: true, force: true })
  },
})

const discovery = 'https://accounts.google.com/.well-known/openid-configuration'
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const
const withPort443 = 'ip link set lo up; echo 443 > /proc/sys/net/ipv4/ip_unprivileged_port_start; exec "$@"'

/** A user: the words before gsa that make it run as this user, the id, and whether the program gets its own network. */
const users: readonly (readonly [name: string, words: readonly string[], uid: number, hasOwnNetwork: boolean])[] = [
  ['root', [], 0, false],
  ['root without CAP_SYS_ADMIN', ['setpriv', '--bounding-set=-sys_admin'], 0, false],
  ['root that may not listen on port 443', ['setpriv', '--bounding-set=-net_bind_service'], 0, true],
  ['root of a container', ['unshare', '-Urn', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'], 0, false],
  ['an ordinary user', nobody, 65_534, true],
  ['an ordinary user who may', ['unshare', '-n', 'sh', '-c', withPort443, 'sh', ...nobody], 65_534, false],
]

function start(
  { gsa, folder }: Installation,
  user: readonly string[],
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const [program = '', ...args] = [...user, process.execPath, gsa, 'emulator', 'run', '--namespace', ...words]
  return startProgram(program, args, { env: { TMPDIR: folder, HOME: folder, ...env }, folder })
}

async function run(...options: Parameters<typeof start>): Promise<Ended> {
  return await start(...options).ended
}

const withoutVariables = ['--', 'env', '-i'] as const

describe('gsa emulator run --namespace', () => {
  test.for(users)(
    'stands in for Google without any variable: %s',
    async ([, user, uid, isolated], { installation }) => {
      const script = [
        'id -u',
        `curl -sS ${discovery} | grep -o 'https://accounts.google.com"'`,
        `/usr/bin/python3 -c 'import urllib.request as r; print(r.urlopen("${discovery}").status)'`,
        'openssl s_client -verify_return_error -brief -connect oauth2.googleapis.com:443 2>&1 < /dev/null | grep Verif',
      ]
      const ended = await run(installation, user, [...withoutVariables, 'sh', '-c', script.join('\n')])
      expect(ended, ended.stderr).toMatchObject({
        exitCode: 0,
        stdout: `${uid}\nhttps://accounts.google.com"\n200\nVerification: OK\n`,
      })
      expect(ended.stderr.includes('has a network of its own')).toBe(isolated)
    },
  )

  test(
    'needs no Node.js: the single-file binary makes its network',
    { timeout: 300_000 },
    async ({ installation: { folder }, skip }) => {
      needs({ skip }, 'the parts of the binaries')
      const binary = await buildBinary(folder)
      const withoutPort443 = ['--bounding-set=-net_bind_service']
      const words = ['emulator', 'run', '--namespace', ...withoutVariables, 'curl', '-sS', discovery]
      const env = { TMPDIR: folder, HOME: folder }
      const ended = await startProgram('setpriv', [...withoutPort443, binary, ...words], { env, folder }).ended
      expect(ended.stdout, ended.stderr).toContain('"issuer": "https://accounts.google.com"')
      expect(ended.stderr).toContain('has a network of its own')
    },
  )

  test('stands in for Google for Java and a static program', async ({ installation, skip }) => {
    needs({ skip }, 'official clients for Java', 'official clients for Go')
    const source = join(root, 'test/impersonation/programs')
    const program = join(installation.folder, 'discovery')
    const env = { ...goEnvironment, HOME: installation.folder, CGO_ENABLED: '0' }
    const built = await startProgram('go', ['build', '-o', program, join(source, 'discovery.go')], {
      env,
      deadlineMs: 600_000,
    }).ended
    expect(built.exitCode, built.stderr).toBe(0)
    cpSync(join(source, 'UrlConnection.java'), join(installation.folder, 'UrlConnection.java'))
    for (const user of [[], nobody]) {
      const script = `${program}; java UrlConnection.java`
      const ended = await run(installation, user, [
        '--',
        'env',
        '-i',
        `PATH=${process.env['PATH']}`,
        'sh',
        '-c',
        script,
      ])
      expect(ended.stdout, ended.stderr).toBe('https://accounts.google.com\n'.repeat(2))
    }
  })

  test.for(users)('sets the variables, too: %s', async ([, user], { installation }) => {
    const fetching = join(installation.folder, 'fetch.mjs')
    cpSync(join(root, 'test/impersonation/programs/fetch.mjs'), fetching)
    const ended = await run(installation, user, [
      '--',
      'sh',
      '-c',
      `curl -sS ${discovery} | wc -l; '${process.execPath}' ${fetching}`,
    ])
    expect(ended.stdout, ended.stderr).toMatch(/^\d\d+\nhttps:\/\/accounts\.google\.com\n$/)
  })

  test('uses a running emulator, and passes on its faults', async ({ installation }) => {
    const google = await startEmulator({ issuer: 'https://accounts.google.com' })
    try {
      for (const user of [[], nobody]) {
        google.arm({ on: 'certs', fault: 'reset' })
        const script = 'curl -sS https://www.googleapis.com/oauth2/v3/certs; echo $?'
        const words = ['--emulator', new URL(google.driveUrl).host, ...withoutVariables, 'sh', '-c', script]
        expect(await run(installation, user, words)).toMatchObject({ stdout: '56\n' })
      }
    } finally {
      await google.close()
    }
  })

  test.for([[], nobody])(
    'passes the response to an upload on that ends too early: %j',
    async (user, { installation }) => {
      const upload = 'https://www.googleapis.com/upload/drive/v3/files?uploadType=media'
      const send = `curl -s -o /dev/null -w '%{http_code}\\n' -H Expect: -X POST -T large ${upload}`
      const script = `head -c 60000000 /dev/zero > large; ${send}; CURL_CA_BUNDLE= HTTPS_PROXY= https_proxy= ${send}`
      const ended = await run(installation, user, ['--', 'sh', '-c', script])
      expect(ended.stdout, ended.stderr).toBe('401\n401\n')
    },
  )

  test.for([[], nobody])('ends as the program: %j', async (user, { installation }) => {
    const exiting = await run(installation, user, ['--', 'sh', '-c', 'exit 7'])
    expect(exiting).toMatchObject({ exitCode: 7 })
    const killed = await run(installation, user, ['--', 'sh', '-c', 'kill -KILL $$'])
    expect(killed).toMatchObject({ signal: 'SIGKILL' })
    const running = start(installation, user, [
      '--',
      'sh',
      '-c',
      "trap 'exit 3' TERM; echo up >&2; while :; do sleep 0.05; done",
    ])
    await running.says(/^up$/m)
    running.signal('SIGTERM')
    expect(await running.ended).toMatchObject({ exitCode: 3 })
  })

  test('passes only the standard streams, the folder and the variables on', async ({ installation }) => {
    const script = 'pwd; ls /proc/self/fd | tr "\\n" " "; env | grep -c ^NODE_CHANNEL'
    const ended = await run(installation, nobody, ['--', 'sh', '-c', script])
    const outside = await startProgram('sh', ['-c', script], { folder: installation.folder }).ended
    expect(ended.stdout).toBe(outside.stdout)
  })
})

/** Returns words that run others where a file stands for another one, as on another machine. */
function withFile(content: string, path: string, mode: string): readonly string[] {
  const script = `file=$(mktemp) && printf '${content}' > $file && chmod ${mode} $file && mount --bind $file ${path}
    exec "$@"`
  return ['unshare', '--mount', 'sh', '-c', script, 'sh']
}

describe("the program finds only the emulator's address", () => {
  const addresses =
    'getent ahosts accounts.google.com | sed "s/^::ffff://; s/ .*//" | sort -u | grep -c .; getent hosts other'
  const hosts = String.raw`203.0.113.1 accounts.google.com # old\n203.0.113.2 Accounts.Google.com other\n`

  test.for([[], nobody])('although /etc/hosts has others: %j', async (user, { installation }) => {
    const ended = await run(
      installation,
      [...withFile(hosts, '/etc/hosts', '644'), ...user],
      ['--', 'sh', '-c', addresses],
    )
    expect(ended.stdout, ended.stderr).toMatch(/^1\n203\.0\.113\.2 +other\n$/)
  })

  test.for([[], nobody])('in another gsa emulator run --namespace: %j', async (user, { installation }) => {
    const inner = [process.execPath, installation.gsa, 'emulator', 'run', '--namespace', '--', 'sh', '-c', addresses]
    const ended = await run(installation, user, ['--', ...inner])
    expect(ended.stdout, ended.stderr).toBe('1\n')
  })

  test.for(['/etc/hosts', '/etc/nsswitch.conf'])('although it may not read %s', async (path, { installation }) => {
    const ended = await run(installation, [...withFile('', path, '600'), ...nobody], ['--', 'sh', '-c', addresses])
    expect(ended.stdout, ended.stderr).toBe('1\n')
  })
})

describe('a folder of PATH that is relative', () => {
  test('has the program, as without --namespace, but none that gsa needs', async ({ installation }) => {
    const programs = join(installation.folder, 'programs')
    mkdirSync(programs)
    for (const name of ['unshare', 'nsenter', 'mount']) symlinkSync('/bin/false', join(programs, name))
    symlinkSync('/bin/echo', join(programs, 'say'))
    const ended = await run(installation, [], ['--', 'say', 'started'], { PATH: `programs:${process.env['PATH']}` })
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: 'started\n' })
  })
})

const watched = ['/etc/hosts', '/etc/nsswitch.conf', '/etc/ssl/certs/ca-certificates.crt', '/proc/self/mountinfo']
const state = (): readonly string[] => [
  ...watched.map((file) => readFileSync(file, 'utf8')),
  readdirSync('/etc/ssl/certs').join(' '),
]

describe('nothing outside the namespace changes,', () => {
  const ends: readonly (readonly [name: string, kill: readonly ('gsa' | 'program')[]])[] = [
    ['whether the program is killed', ['program']],
    ['or gsa', ['gsa', 'program']],
    ['or the program before gsa', ['program', 'gsa']],
  ]
  const cases = ends.flatMap(([name, kill]) => [[], nobody].map((user) => [name, user, kill] as const))

  test.for(cases)('%s: %j', async ([, user, kill], { installation }) => {
    const before = state()
    const script = 'echo "at $(grep -c gsa /proc/self/mountinfo) $$" >&2; exec sleep 60'
    const running = start(installation, user, ['--', 'sh', '-c', script])
    const [, mounts, pid] = await running.says(/^at (\d+) (\d+)$/m)
    expect(Number(mounts)).toBeGreaterThan(3)
    expect(state()).toEqual(before)
    for (const which of kill) process.kill(which === 'gsa' ? (running.pid ?? 0) : Number(pid), 'SIGKILL')
    await running.ended
    await vi.waitFor(() => expect(processesIn(installation.folder)).toEqual([]), 10_000)
    expect(state()).toEqual(before)
  })
})

/** Returns the processes that have files of a folder mounted. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(folder)
    } catch {
      return false
    }
  })
}

describe('a program in a namespace of an ordinary user', () => {
  test('has no rights that it lacks outside', async ({ installation }) => {
    const script = 'grep CapEff /proc/self/status; umount /etc/hosts 2>/dev/null || echo stays; cat /etc/shadow 2>&1'
    const ended = await run(installation, nobody, ['--', 'sh', '-c', script])
    expect(ended.stdout).toMatch(/^CapEff:\t0+\nstays\ncat: \/etc\/shadow: Permission denied\n$/)
  })

  test('reaches no server of this machine but the emulator', async ({ installation }) => {
    const server = createServer((_, response) => response.end('reached'))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const script = `curl -s ${url}; echo $?; curl -s --noproxy none -x "$HTTPS_PROXY" ${url}`
    try {
      const ended = await run(installation, nobody, ['--', 'sh', '-c', script])
      expect(ended.stdout).toBe('7\ngsa emulator: 127.0.0.1 is this machine: connect without the proxy\n')
    } finally {
      server.close()
    }
  })

  test('is not open to other users', async ({ installation }) => {
    const running = start(installation, nobody, ['--', 'sh', '-c', 'echo "at $$" >&2; exec sleep 60'])
    const [, pid] = await running.says(/^at (\d+)$/m)
    const other = ['--reuid=65533', '--regid=65533', '--clear-groups', 'nsenter', `--target=${pid}`, '--user', 'true']
    const ended = await startProgram('setpriv', other, {}).ended
    expect(ended.stderr).toContain('Permission denied')
  })
})

describe('where namespaces are refused, gsa says why before the program starts:', () => {
  const limited = (setting: string): readonly string[] => [
    'unshare',
    '-Ur',
    'sh',
    '-c',
    `echo 0 > /proc/sys/user/${setting}; exec setpriv --bounding-set=-sys_admin "$@"`,
    'sh',
  ]
  test.for([
    ['the setting is 0', limited('max_user_namespaces'), /user\.max_user_namespaces is 0\.[^]*sudo sysctl user/],
    ['another setting is 0', limited('max_mnt_namespaces'), /user\.max_mnt_namespaces is 0\./],
  ] as const)('%s', async ([, user, sentence], { installation }) => {
    const ended = await run(installation, user, ['--', 'echo', 'started'])
    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(sentence) as string })
    expect(ended.stderr).toContain('leave out --namespace')
    expect(readdirSync(installation.folder)).toEqual([])
  })

  test.for(['unshare', 'nsenter', 'mount'])('%s is not installed', async (missing, { installation }) => {
    const programs = join(installation.folder, '..', 'programs')
    mkdirSync(programs)
    const others = ['unshare', 'nsenter', 'mount', 'sh', 'true'].filter((name) => name !== missing)
    for (const name of others) symlinkSync(pathOf(name), join(programs, name))
    const ended = await run(installation, [], ['--', 'true'], { PATH: programs })
    expect(ended).toMatchObject({ exitCode: 2 })
    expect(ended.stderr).toContain(`${missing} is not installed`)
  })

  test('a mount fails', async ({ installation }) => {
    const programs = join(installation.folder, '..', 'programs')
    mkdirSync(programs)
    symlinkSync('/bin/false', join(programs, 'mount'))
    const ended = await run(installation, [], ['--', 'echo', 'started'], {
      PATH: `${programs}${delimiter}${process.env['PATH']}`,
    })
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' })
    expect(readdirSync(installation.folder)).toEqual([])
  })

  test.for([
    ['no-such-program', 'ENOENT'],
    ['./no-such-program', 'ENOENT'],
    ['/etc/passwd', 'EACCES'],
    ['/', 'EACCES'],
  ] as const)('%s is no program', async ([program, problem], { installation }) => {
    const ended = await run(installation, [], ['--', program])
    expect(ended).toMatchObject({ exitCode: 2 })
    expect(ended.stderr).toContain(`"${program}" cannot be started (${problem})`)
  })

  test.for([
    ['cannot know how to fix', 'mount: a: b.\\n  dmesg(1) has more.', 'of its own: mount: a: b.\n       Fix that. '],
    ['may not mount', 'mount: permission denied.', 'of its own: mount: permission denied.\n'],
  ] as const)('gsa %s', async ([, printed, sentence], { installation }) => {
    const programs = join(installation.folder, '..', 'programs')
    mkdirSync(programs)
    writeFileSync(join(programs, 'mount'), `#!/bin/sh\nprintf '${printed}\\n' >&2; exit 1\n`, { mode: 0o755 })
    const PATH = `${programs}${delimiter}${process.env['PATH']}`
    const ended = await run(installation, [], ['--', 'echo', 'started'], { PATH })
    expect(ended).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(sentence) as string })
  })
})

test('OpenSSL finds the certificate in a folder by the name that gsa gives it', ({ installation }) => {
  const { certificatePem } = createPrivateCa(['accounts.google.com'])
  const hash = execFileSync('openssl', ['x509', '-hash', '-noout'], { input: certificatePem, encoding: 'utf8' })
  expect(subjectHash(certificatePem)).toBe(hash.trim())
  expect(installation.gsa).toContain('gsa')
})

/** Returns the path of a program. */
function pathOf(name: string): string {
  return realpathSync(execFileSync('which', [name], { encoding: 'utf8' }).trim())
}
