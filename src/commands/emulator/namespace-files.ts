import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Environment } from '../../core/environment.ts'
import { googleHosts } from '../../emulator/impersonation/google-hosts.ts'
import { systemBundles } from '../../emulator/impersonation/trust-files.ts'
import { programOnPath } from '../../core/program-on-path.ts'

/** A file, and the path at which programs in the namespace find it. */
export type Replacement = readonly [file: string, path: string]

/** The files that stand for the system's. */
export interface TrustedFiles {
  readonly bundle: string
  readonly javaTrustStore: string
}

/** Writes the files about names to a folder, and returns what is to replace files of the system that exist. */
export function namespaceFiles(
  folder: string,
  address: string,
  { bundle, javaTrustStore }: TrustedFiles,
  env: Environment,
): readonly Replacement[] {
  const write = (name: string, content: string): string => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  }
  const names = googleHosts.join(' ')
  // The second line is for programs that look up IPv6 only: they would ask the DNS otherwise.
  const hosts = `${address} ${names}\n::ffff:${address} ${names}\n${withoutGoogle(textOf('/etc/hosts'))}`
  const services = write('nsswitch.conf', filesFirst(textOf('/etc/nsswitch.conf')))
  const replacements: readonly Replacement[] = [
    [write('hosts', hosts), '/etc/hosts'],
    [services, '/etc/nsswitch.conf'],
    // glibc asks this service before it reads any file. An empty folder hides it.
    ['', '/run/nscd'],
    ...systemBundles.map((path): Replacement => [bundle, path]),
    ...javaHomes(env).map((home): Replacement => [javaTrustStore, join(home, 'lib/security/cacerts')]),
  ]
  const existing = replacements
    .filter(([, path]) => path === '/etc/hosts' || existsSync(path))
    .map(([file, path]): Replacement => [file, existsSync(path) ? realpathSync(path) : path])
  return [...new Map(existing.map((replacement) => [replacement[1], replacement])).values()]
}

/** Returns a hosts file without Google's names: glibc, Go and others would find those addresses, too. */
function withoutGoogle(hosts: string): string {
  const lines = hosts.split('\n').map((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const kept = names.filter((name) => !googleHosts.includes(name.toLowerCase()))
    if (kept.length === names.length) return line
    return kept.length === 0 ? '' : [address, ...kept].join(' ')
  })
  return lines.join('\n')
}

/** Returns nsswitch.conf with the hosts file before any other service. */
function filesFirst(text: string): string {
  return text.replace(
    /^([ \t]*hosts:)(?!\s*files\b)(.*)$/m,
    (_, name: string, services: string) => `${name} files ${services.replace(/\bfiles\b/g, '')}`,
  )
}

/** Returns the folders of the Java that the program would start. */
function javaHomes(env: Environment): readonly string[] {
  const java = programOnPath('java', env, 'linux')
  const { JAVA_HOME: home = '' } = env
  const ofPath = java === undefined ? [] : [dirname(dirname(realpathSync(java)))]
  return [...ofPath, ...(home === '' ? [] : [home])].flatMap((folder) => [folder, join(folder, 'jre')])
}

/** Returns the text of a file; nothing if it cannot be read: the program could not read it either. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
