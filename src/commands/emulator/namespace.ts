import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { safeText } from '../../core/safe-to-print.ts'
import { createTemporaryFolder } from '../../core/temporary-folder.ts'
import { withoutBrackets } from '../../core/without-brackets.ts'
import { subjectHash } from '../../emulator/impersonation/subject-hash.ts'
import { trustFileNames } from '../../emulator/impersonation/trust-files.ts'
import { Failure } from '../../failures/index.ts'
import { programOnPath } from '../../core/program-on-path.ts'
import type { Context } from '../../terminal/context.ts'
import type { Emulation } from './impersonation.ts'
import { namespaceFiles } from './namespace-files.ts'
import { startHolder } from './namespace-holder.ts'
import { createRelays, type Destination, listenOnHttpsPort } from './namespace-ports.ts'
import { programProblem } from './program-problem.ts'

/** Namespaces of Linux in which Google's hosts are the emulator, also for programs that read no variable. */
export interface Namespace {
  /** The words before those of a program that run it there, in the same process and as the same user. */
  readonly enter: readonly string[]
  /** Whether it has a network of its own, in which only the emulator and the proxy can be reached. */
  readonly hasOwnNetwork: boolean
  readonly close: () => Promise<void>
}

/**
 * Makes namespaces with a hosts file and certificates of their own; nothing outside changes. If gsa may not listen on
 * port 443, they have a network of their own, too. All of it ends with the last program there.
 * @throws Failure `namespace_refused` if this machine does not allow it; `program_not_started` if there is no program.
 */
export async function createNamespace(context: Context, emulation: Emulation): Promise<Namespace> {
  const { unshare, nsenter } = checkedPrograms(context)
  checkProgram(context, emulation)
  const { env } = context
  const https = await listenOnHttpsPort()
  const ports = portsOf(emulation)
  const relays = createRelays()
  const relay: Parameters<typeof startHolder>[3] = (port, server) => {
    const to = ports.get(port)
    if (to !== undefined) relays.add(server, to)
  }
  if (https !== undefined) relay(443, https.server)
  const isRoot = mayMount()
  const types = [...(isRoot ? [] : ['--user']), '--mount', ...(https === undefined ? ['--net'] : [])]
  const [user, group] = isRoot ? ['', ''] : [process.geteuid?.(), process.getegid?.()].map(String)
  const folder = createTemporaryFolder('gsa-namespace-')
  const removeAll = (): void => {
    relays.close()
    folder.remove()
  }
  try {
    const address = https?.address ?? '127.0.0.1'
    const listened = https === undefined ? [...ports.keys()].join(' ') : ''
    const { pid, end } = await startHolder(
      [unshare, ...types, ...(isRoot ? [] : ['--map-root-user'])],
      [
        folder.path,
        ...certificateArguments(emulation.proxy.caFile),
        address,
        listened,
        user ?? '',
        group ?? '',
        ...namespaceFiles(folder.path, address, trustedFiles(emulation), env).flat(),
      ],
      env,
      relay,
    )
    const back = ['--preserve-credentials', '--', unshare, '--user', `--map-user=${user}`, `--map-group=${group}`]
    return {
      enter: [nsenter, `--target=${pid}`, ...types, '--root', '--wd', ...(isRoot ? [] : back), '--'],
      hasOwnNetwork: https === undefined,
      close: async () => {
        await end()
        removeAll()
      },
    }
  } catch (error) {
    removeAll()
    throw error
  }
}

/** Returns the paths of programs that make namespaces: relative folders of PATH must not decide what runs. */
function checkedPrograms({ env, platform }: Context): Readonly<Record<'unshare' | 'nsenter' | 'mount', string>> {
  const refuse = (reason: string, change: string): Failure => new Failure('namespace_refused', { reason, change })
  if (platform !== 'linux') throw refuse('only Linux has namespaces', 'Run gsa on Linux')
  if (!existsSync('/etc/hosts')) throw refuse('there is no file /etc/hosts', 'Create it')
  const path = (name: string): string => {
    const found = programOnPath(name, env, platform)
    if (found === undefined) throw refuse(`${name} is not installed`, 'Install util-linux')
    return found
  }
  return { unshare: path('unshare'), nsenter: path('nsenter'), mount: path('mount') }
}

/** nsenter starts the program, and would only print why it cannot. */
function checkProgram({ env, program: [program = ''] = [] }: Context, { proxy }: Emulation): void {
  const problem = programProblem(program, `${proxy.environment['PATH'] ?? ''}:${env['PATH'] ?? ''}`)
  if (problem !== undefined) throw new Failure('program_not_started', { program: safeText(program), problem })
}

/**
 * Returns the ports that a program may connect to in a network of its own, and where connections go. Those for Google's
 * hosts take no second connection: it would lose the response to an upload that is refused before its end.
 */
function portsOf({ address, proxy, takeover }: Emulation): ReadonlyMap<number, Destination> {
  // The data of bin/node-preload.js names the port that expects TLS for any of Google's hosts.
  const { port: front } = JSON.parse(proxy.environment['GSA_IMPERSONATION'] ?? '{}') as { readonly port: number }
  const proxyPort = Number(new URL(proxy.url).port)
  const { hostname, port } = new URL(address)
  const emulator = { host: withoutBrackets(hostname), port: Number(port) }
  const isLocal = /^(?:localhost|127\..*|::1)$/.test(emulator.host)
  return new Map<number, Destination>([
    [443, takeover.tls],
    [front, takeover.tls],
    [proxyPort, takeover.proxy],
    ...(isLocal ? [[emulator.port, emulator] as const] : []),
  ])
}

/** Returns whether this process may mount without a user namespace: CAP_SYS_ADMIN of capabilities(7) is bit 21. */
function mayMount(): boolean {
  const [, mask = '0'] = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return process.geteuid?.() === 0 && ((BigInt(`0x${mask}`) >> 21n) & 1n) === 1n
}

/** Returns the folder of certificates, the one to add, and the name by which OpenSSL finds it there. */
function certificateArguments(caFile: string): readonly string[] {
  const folder = '/etc/ssl/certs'
  return [existsSync(folder) ? realpathSync(folder) : '', caFile, `${subjectHash(readFileSync(caFile, 'utf8'))}.0`]
}

function trustedFiles({ proxy: { caFile } }: Emulation): Parameters<typeof namespaceFiles>[2] {
  const at = (name: string): string => join(dirname(caFile), name)
  return { bundle: at(trustFileNames.bundle), javaTrustStore: at(trustFileNames.javaTrustStore) }
}
