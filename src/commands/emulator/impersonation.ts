import { nonEmpty } from '../../core/environment.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { extendedEnvironment } from '../../emulator/impersonation/extended-environment.ts'
import type { ImpersonationOptions, Takeover } from '../../emulator/impersonation/impersonation.ts'
import type { ImpersonationProxy } from '../../emulator/index.ts'
import { Failure } from '../../failures/index.ts'
import { jsonObjectOf } from '../../http/json-answer.ts'
import { googleIssuer } from '../../oauth/authorization-server.ts'
import type { Context } from '../../terminal/context.ts'
import { httpOf } from '../shared/session.ts'
import { emulatorAt } from './running-emulator.ts'
import { start } from './start.ts'
import type { StartOptions } from './start-options.ts'

/** The options of `gsa emulator run`. */
export interface EmulationOptions extends Omit<StartOptions, 'host' | 'port' | 'issuer'> {
  readonly emulator?: string
  readonly offline?: boolean
  readonly namespace?: boolean
}

/** An emulator that stands in for Google's hosts. */
export interface Emulation {
  readonly address: string
  /** Its environment has the variables from before, too. */
  readonly proxy: ImpersonationProxy
  readonly takeover: Takeover
  readonly close: () => Promise<void>
}

/** The words for options that only an own emulator has. */
const ownOptions = { config: 'configuration', persist: 'state', seed: 'seed', clientSecrets: 'clients' } as const

/**
 * Starts an emulator that stands in for Google's hosts, or only the proxy in front of a running one.
 * @throws Failure `emulator_issuer_differs` if the running one issues ID tokens for another issuer.
 */
export async function startImpersonation(context: Context, options: EmulationOptions): Promise<Emulation> {
  const { emulator: named, offline = false, namespace: _namespace, ...others } = options
  let started: Takeover | undefined
  const takeover: Takeover = { tls: (socket) => started?.tls(socket), proxy: (socket) => started?.proxy(socket) }
  const impersonate: ImpersonationOptions = {
    environment: context.env,
    offline,
    report: reporter(context),
    onStart: (given) => {
      started = given
    },
  }
  if (named === undefined) {
    const emulator = await start({ ...others, host: '127.0.0.1', port: 0, impersonate })
    const { driveUrl, proxy } = emulator
    if (proxy === undefined) throw new Error('the emulator has no proxy')
    return { address: driveUrl, proxy, takeover, close: async () => emulator.close() }
  }
  const own = (['config', 'persist', 'seed', 'clientSecrets'] as const).find((name) => others[name] !== undefined)
  if (own !== undefined)
    throw new Failure('usage', {
      problem: `--emulator uses a running emulator, which has its ${ownOptions[own]} already.`,
      command: 'gsa emulator run',
    })
  const address = emulatorAt(context, named)
  await checkIssuer(context, address)
  const { impersonateRemote } = await import('../../emulator/impersonation/impersonation.ts')
  const { proxy, close } = await impersonateRemote(address, {
    ...impersonate,
    autoConsent: others.autoConsent === true,
  })
  const environment = extendedEnvironment(context.env, proxy.environment)
  return { address, proxy: { ...proxy, environment }, takeover, close }
}

async function checkIssuer(context: Context, address: string): Promise<void> {
  const url = new URL('/.well-known/openid-configuration', address)
  const response = await httpOf(context).send({ method: 'GET', url })
  const { issuer } = jsonObjectOf(response, url.host)
  if (issuer !== googleIssuer)
    throw new Failure('emulator_issuer_differs', { host: url.host, issuer: safeText(String(issuer)) })
}

type Report = NonNullable<ImpersonationOptions['report']>

/** Returns a function that says once of each host how it was treated. */
function reporter({ output, program = [] }: Context): Report {
  const said = new Set<string>()
  const name = safeText(nonEmpty(program[0]) ?? 'The program')
  const sentences: Readonly<Record<Parameters<Report>[1], (host: string) => string>> = {
    refused: (host) => `gsa refused a connection to ${host}: --offline allows only Google's hosts.`,
    real: (host) => `${host} is not part of the emulator. ${name} is connected to the real host.`,
    port: (host) => `gsa refused a connection to ${host}: the emulator stands in for port 443 only.`,
    local: (host) => `gsa refused a connection to ${host}, which is this machine: add the name to NO_PROXY.`,
    password: (host) =>
      `The proxy ${host} wants a user name and password: add them to its address, in HTTPS_PROXY or http_proxy.`,
    unused: (host) =>
      `gsa cannot use the proxy ${host}, only http and https ones: it connects to other hosts directly.`,
  }
  return (host, what) => {
    if (said.has(host)) return
    said.add(host)
    output.important(sentences[what](safeText(host)))
  }
}
