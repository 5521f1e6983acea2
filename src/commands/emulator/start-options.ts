import { type Command, InvalidArgumentError } from 'commander'
import { nonEmpty } from '../../core/environment.ts'
import type { EmulatorOptions } from '../../emulator/index.ts'
import { Failure, refuseSecret } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { wholeNumber } from '../../terminal/options.ts'

/** The options of an emulator. */
export interface StartOptions {
  readonly host: string
  readonly port: number
  readonly autoConsent?: boolean
  readonly clientSecrets?: string
  readonly config?: string
  readonly persist?: string
  readonly seed?: string
  readonly issuer?: string
  readonly impersonate?: EmulatorOptions['impersonate']
  readonly controlToken?: string
  readonly tls?: boolean
}

/** The default port of the emulator. */
export const defaultPort = 9077

/** Reads the port to listen on. For commander. */
export const listenPort = wholeNumber(0, 65_535)

type Name = keyof StartOptions

/**
 * The variable of each option. `LISTEN` sets two apart from GSA_EMULATOR_HOST, which names a running emulator, and from
 * the port variable that Kubernetes sets in every pod beside a service called gsa-emulator.
 */
const variables: Readonly<Record<Name, string>> = {
  host: 'GSA_EMULATOR_LISTEN_ADDRESS',
  port: 'GSA_EMULATOR_LISTEN_PORT',
  autoConsent: 'GSA_EMULATOR_AUTO_CONSENT',
  clientSecrets: 'GSA_EMULATOR_CLIENT_SECRETS',
  config: 'GSA_EMULATOR_CONFIG',
  persist: 'GSA_EMULATOR_PERSIST',
  seed: 'GSA_EMULATOR_SEED',
  issuer: 'GSA_EMULATOR_ISSUER',
  impersonate: 'GSA_EMULATOR_IMPERSONATE',
  controlToken: 'GSA_EMULATOR_CONTROL_TOKEN',
  tls: 'GSA_EMULATOR_TLS',
}

/** The options whose values are not text. */
const readers: Partial<Record<Name, (value: string) => unknown>> = {
  port: listenPort,
  autoConsent: onOrOff,
  impersonate: onOrOff,
  tls: onOrOff,
}

/** Returns an option's description with the name of its variable. */
export function described(name: Name, description: string): string {
  return `${description} (${variables[name]})`
}

/**
 * Returns the options of `gsa emulator start`: flags, then variables, then defaults. Empty ones are ignored.
 * @throws Failure `usage`, `secret_misplaced` for an invalid variable
 */
export function readStartOptions({ env }: Pick<Context, 'env'>, command: Command): StartOptions {
  const flags = command.optsWithGlobals<Readonly<Record<string, unknown>>>()
  const isGiven = (name: string): boolean =>
    command.getOptionValueSourceWithGlobals(name) === 'cli' && flags[name] !== ''
  const given = Object.entries(flags).filter(([name]) => isGiven(name))
  const named = Object.entries(variables).flatMap(([name, variable]) => {
    const value = nonEmpty(env[variable])
    return value === undefined || isGiven(name) ? [] : [[name, readVariable(name as Name, variable, value)] as const]
  })
  return { host: '127.0.0.1', port: defaultPort, ...Object.fromEntries([...given, ...named]) }
}

function readVariable(name: Name, variable: string, value: string): unknown {
  refuseSecret(variable, value)
  try {
    return readers[name]?.(value) ?? value
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const problem = `${variable} is "${value}". ${error.message}`
    throw new Failure('usage', { problem, command: 'gsa emulator start' }, { cause: error })
  }
}

function onOrOff(value: string): boolean {
  if (!/^(?:1|0|true|false)$/i.test(value)) throw new InvalidArgumentError('Use 1 or 0.')
  return /^(?:1|true)$/i.test(value)
}
