import { Command } from 'commander'
import { decodedText } from '../../core/outside-text.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { shellWord } from '../../core/shell-word.ts'
import { readClientFile } from '../../credentials/client-file.ts'
import {
  builtInClients,
  type Emulator,
  type EmulatorClient,
  type EmulatorConfiguration,
  readClientSecrets,
  readConfiguration,
  startEmulator,
} from '../../emulator/index.ts'
import { Failure, fileProblem, isFailure } from '../../failures/index.ts'
import { readNamedFileNow, readPipeAhead } from '../../files/read-file.ts'
import { aborted } from '../../http/interruption.ts'
import { listenFailure } from '../../http/listen.ts'
import { isLoopbackLiteral } from '../../http/url-rule.ts'
import { parseClientSecrets } from '../../oauth/client.ts'
import type { Context } from '../../terminal/context.ts'
import { twoColumns } from '../../terminal/lines.ts'
import { examples } from '../../terminal/options.ts'
import { nodePreload } from './node-preload.ts'
import { defaultPort, described, listenPort, readStartOptions, type StartOptions } from './start-options.ts'

/** `gsa emulator start` */
export function emulatorStartCommand(context: Context): Command {
  return new Command('start')
    .description('start the emulator; runs until Ctrl-C')
    .option('--host <address>', described('host', 'address to listen on'), '127.0.0.1')
    .option('--port <port>', described('port', 'port to listen on; 0 picks a free one'), listenPort, defaultPort)
    .option(
      '--config <file>',
      described('config', 'the initial accounts, clients, projects, files and faults, as JSON'),
    )
    .option('--persist <file>', described('persist', 'save all state in this file, and load it in the next run'))
    .option('--seed <text>', described('seed', 'generate the same keys, codes, tokens and ids in each run'))
    .option(
      '--issuer <url>',
      described('issuer', 'the address in ID tokens and responses, whatever address the emulator listens on'),
    )
    .option(
      '--impersonate',
      described('impersonate', "stand in for Google's hosts, for programs started with gsa emulator env"),
    )
    .option(
      '--control-token <token>',
      described('controlToken', 'lets other machines use the control API with this bearer token'),
    )
    .option('--tls', described('tls', 'serve https, with a certificate of a private CA that is valid for a day'))
    .option('--auto-consent', described('autoConsent', 'allow every consent request, for tests without a browser'))
    .addHelpText(
      'before',
      examples(
        'gsa emulator start',
        'gsa emulator start --port 0 --json',
        'gsa emulator start --persist google.state',
        'gsa emulator start --issuer https://accounts.google.com',
        'GSA_EMULATOR_HOST=127.0.0.1:9077 gsa login --client-secrets client_secret.json   # in another terminal',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      await startAction(context, readStartOptions(context, command))
    })
}

async function startAction(context: Context, options: StartOptions): Promise<void> {
  const { output, signal } = context
  if (!isLoopback(options.host)) {
    output.note(
      `Anyone who can reach this machine at ${options.host} can sign in as any account and use its files. ${
        options.controlToken === undefined
          ? 'The buttons of the start page and the control API work on this machine only.'
          : 'The buttons of the start page work on this machine only; the control API also answers other machines that send the control token.'
      }`,
    )
  }
  for (const file of [options.clientSecrets, options.config]) if (file !== undefined) await readPipeAhead(file, signal)
  const impersonate = options.impersonate === true && { nodePreload: nodePreload(context) }
  const emulator = await start({ ...options, impersonate })
  try {
    const { issuer, driveUrl, controlUrl, caFile, accounts, proxy } = emulator
    const clients = emulator.clients.map((client) => printable(client))
    const { host } = new URL(driveUrl)
    await output.result(
      {
        issuer,
        driveUrl,
        ...(caFile !== undefined && { caFile }),
        controlUrl,
        clients,
        accounts,
        ...(proxy !== undefined && { proxy }),
      },
      () =>
        [
          `The Google emulator is listening on ${driveUrl}. It never contacts the real Google.`,
          ...(issuer === driveUrl ? [] : [`ID tokens and responses have the address ${safeText(issuer)}.`]),
          'Open this address in a browser to see accounts, tokens and requests, and to inject faults.',
          '',
          twoColumns([
            ...clients.map(({ type, clientId }) => [`${type} client`, clientId] as const),
            ['accounts', accounts.map(({ email }) => email).join(', ')],
          ]).replace(/^/gm, '  '),
          '',
          'In another terminal:',
          ...(proxy === undefined
            ? commandsAt(caFile === undefined ? host : `${driveUrl} NODE_EXTRA_CA_CERTS=${shellWord(caFile)}`)
            : commandsBehind(host)),
          '',
          options.persist === undefined
            ? 'Press Ctrl-C to stop. All state is lost then.'
            : `Press Ctrl-C to stop. All state is saved in ${safeText(options.persist)}.`,
        ].join('\n'),
    )
    await aborted(signal)
  } finally {
    await closeEmulator(emulator, options)
  }
  throw new Failure('interrupted', {})
}

/** Returns the first commands to type, for a gsa that is told the emulator's address. */
function commandsAt(host: string): readonly string[] {
  return [
    `  $ export GSA_EMULATOR_HOST=${host}`,
    '  $ gsa emulator client-secrets --type desktop > client_secret_desktop.json',
    '  $ gsa login --client-secrets client_secret_desktop.json',
  ]
}

/** Returns the first commands to type, for programs with Google's addresses built in. */
function commandsBehind(host: string): readonly string[] {
  return [
    `  $ eval "$(gsa emulator env --emulator ${host})"`,
    '  $ curl https://accounts.google.com/.well-known/openid-configuration',
  ]
}

/**
 * Starts an emulator with the options of a command.
 * @throws Failure for options and files that cannot be used, or an address that is not free.
 */
export async function start({
  host: named,
  port,
  autoConsent,
  clientSecrets,
  ...options
}: StartOptions): Promise<Emulator> {
  // The issuer is the address, and http is only allowed for literal loopback addresses.
  const host = named === 'localhost' ? '127.0.0.1' : named
  try {
    const clients = clientSecrets === undefined ? [] : [addedClient(clientSecrets)]
    return await startEmulator({
      host,
      port,
      autoConsent: autoConsent === true,
      tls: options.tls === true,
      clients,
      ...(options.config !== undefined && { config: configuration(options.config) }),
      ...(options.persist !== undefined && { persist: options.persist }),
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(options.issuer !== undefined && { issuer: options.issuer }),
      ...(options.impersonate !== undefined && { impersonate: options.impersonate }),
      ...(options.controlToken !== undefined && { controlToken: options.controlToken }),
    })
  } catch (error) {
    if (error instanceof Failure) throw error
    if (error instanceof RangeError) throw new Failure('emulator_setup_invalid', { problem: error.message })
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === 'listen' || syscall === 'getaddrinfo')
      throw listenFailure(error as NodeJS.ErrnoException, { host, port })
    if (code !== undefined && options.persist !== undefined) throw unkept(options, error)
    throw error
  }
}

/** Returns a client for the log. Secrets of built-in clients are public; the developer's own are left out. */
function printable(
  client: Emulator['clients'][number],
): Partial<typeof client> & Pick<typeof client, 'type' | 'clientId'> {
  const { type, clientId } = client
  return builtInClients.some((builtIn) => builtIn.clientId === clientId) ? client : { type, clientId }
}

async function closeEmulator(emulator: Emulator, options: Pick<StartOptions, 'persist'>): Promise<void> {
  try {
    await emulator.close()
  } catch (error) {
    throw unkept(options, error)
  }
}

function unkept({ persist }: Pick<StartOptions, 'persist'>, error: unknown): Failure {
  const problem = `"${persist ?? ''}" cannot be used: ${fileProblem(error)}`
  return new Failure('emulator_setup_invalid', { problem }, { cause: error })
}

/** Returns whether only this machine can reach the address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || isLoopbackLiteral(host.includes(':') ? `[${host}]` : host)
}

function configuration(file: string): EmulatorConfiguration {
  let text: string
  try {
    text = decodedText(readNamedFileNow(file))
  } catch (error) {
    if (!isFailure(error, 'file_unreadable')) throw error
    const problem = `"${file}" cannot be read: ${error.details.problem}`
    throw new Failure('emulator_setup_invalid', { problem }, { cause: error })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // Only the position: the message quotes the text around it, which may be a client secret.
    const [place] = /position \d+/.exec(error instanceof Error ? error.message : '') ?? []
    const problem = `"${file}" is not JSON${place === undefined ? '' : ` (${place})`}`
    throw new Failure('emulator_setup_invalid', { problem })
  }
  return readConfiguration(value)
}

function addedClient(file: string): EmulatorClient {
  const bytes = readClientFile(file, false)
  // Parse twice: the first parser reports problems in detail, the second applies the console's rules.
  parseClientSecrets(bytes, file, true)
  try {
    return readClientSecrets(JSON.parse(decodedText(bytes)))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Failure('client_secrets_invalid', { file, problem: error.message }, { cause: error })
  }
}
