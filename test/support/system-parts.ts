import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const debian = (packages: string): string => `sudo apt-get install -y --no-install-recommends ${packages}`

/** What some tests need of the machine, and how to get it. */
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
    isThere: () => ['/usr/bin/python3', 'python3'].some(hasDbusModule),
    install: debian('python3-dbus python3-gi'),
  },
} as const

/** Debian's browser. Playwright's own downloads are not used. */
export const chromiumPath = '/usr/bin/chromium'

/** The name of a system part. */
export type SystemPart = keyof typeof parts

const known = new Map<SystemPart, boolean>()

/**
 * Skips the test when a part is not there; the reason that reporters show (`testCase.result().note`) is the command that
 * installs it. Call it in `beforeEach` or in a fixture, with the context of the test.
 */
export function needs({ skip }: { readonly skip: (note: string) => never }, ...needed: readonly SystemPart[]): void {
  for (const part of needed) {
    if (!isThere(part)) skip(`needs ${part}: ${parts[part].install}`)
  }
}

function isThere(part: SystemPart): boolean {
  const before = known.get(part)
  if (before !== undefined) return before
  const now = parts[part].isThere()
  known.set(part, now)
  return now
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

function hasDbusModule(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import dbus, gi'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
