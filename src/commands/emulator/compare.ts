import { Command } from 'commander'
import { compareServers, type ComparisonOptions, type ProbeResult } from '../../comparison/compare-servers.ts'
import { probes, similarProbes } from '../../comparison/probes/probes.ts'
import type { ComparedServer } from '../../comparison/side.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { startEmulator } from '../../emulator/index.ts'
import { Failure, typedCommand } from '../../failures/index.ts'
import { allowedUrl } from '../../http/url-rule.ts'
import { googleIssuer, isSameIssuer } from '../../oauth/authorization-server.ts'
import type { Context } from '../../terminal/context.ts'
import { twoColumns } from '../../terminal/lines.ts'
import { collected, examples } from '../../terminal/options.ts'
import type { Output } from '../../terminal/output.ts'
import { type CommonOptions, httpOf } from '../shared/session.ts'
import { comparedServer, storedAccounts } from './compare-access.ts'

interface CompareOptions extends CommonOptions {
  readonly target?: string
  readonly with?: string
  readonly probe?: readonly string[]
  readonly list?: boolean
}

const details = `
Sends about a hundred harmless requests to each server. It revokes nothing. With
an account, it creates a few small files in the app folder and deletes them.
Without an account, it leaves out the requests that need one.

Exit codes:
  0 if nothing differs, 5 if something does, 3 if nothing differs but a request
  failed.`

/** `gsa emulator compare` */
export function emulatorCompareCommand(context: Context): Command {
  return new Command('compare')
    .description('compare the responses of two servers, such as Google and the emulator, and print what differs')
    .option('--target <url>', 'the server to compare: google, or the address of an emulator or another server')
    .option('--with <url>', 'the server to compare it with (default: an emulator that this command starts)')
    .option('--probe <name>', 'send only this request; may be repeated', collected)
    .option('--list', 'list the requests; sends nothing')
    .addHelpText('after', details)
    .addHelpText(
      'before',
      examples(
        'gsa emulator compare --target google',
        'gsa emulator compare --target google --account ada@example.com --json > compare.json',
        'gsa emulator compare --target http://127.0.0.1:9077 --probe discovery --probe keys',
        'gsa emulator compare --list',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CompareOptions>()
      if (options.list === true) await list(context.output)
      else await compare(context, options)
    })
}

async function list(output: Output): Promise<void> {
  const rows = probes.map(({ name, shows }) => ({ name, shows }))
  await output.result({ probes: rows }, () => twoColumns(rows.map(({ name, shows }) => [name, shows] as const)))
}

async function compare(context: Context, options: CompareOptions): Promise<void> {
  const chosen = chosenProbes(options.probe)
  if (options.target === undefined) throw usage('Name a server: --target google, or --target URL.')
  const { output } = context
  const target = urlOf('--target', options.target)
  const emulator = options.with === undefined ? await startEmulator() : undefined
  try {
    const other = emulator === undefined ? urlOf('--with', options.with ?? '') : new URL(emulator.issuer)
    const servers = await comparedServers(context, options, [target, other])
    const [first, second] = servers
    if (!output.isJson)
      await output.writeLines(
        `gsa emulator compare: ${safeText(first.name)} with ${emulator === undefined ? safeText(second.name) : 'an emulator'}\n`,
      )
    const http = httpOf(context)
    const results = await runAll(output, servers, {
      http,
      lastingHttp: httpOf({ ...context, signal: new AbortController().signal }),
      probes,
      isChosen: ({ name }) => chosen === undefined || chosen.has(name),
      isNamed: chosen !== undefined,
      onFilesLeft: (server, name) =>
        output.warn({
          message: `Files with the name ${name} may be left in the app folder at ${server}.`,
          fix: `Delete each with gsa drive rm --id ID. To see their ids: ${typedCommand(['gsa', 'drive', 'ls', '--long', '--query', `name = '${name}'`])}`,
        }),
    })
    await report(output, servers, results)
    refuseDifferences(options, results)
  } finally {
    await emulator?.close()
  }
}

function chosenProbes(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined
  const unknown = names.find((name) => !probes.some((probe) => probe.name === name))
  if (unknown === undefined) return new Set(names)
  const similar = similarProbes(unknown)
  const advice = similar.length === 0 ? 'gsa emulator compare --list lists them' : `similar ones: ${similar.join(', ')}`
  throw usage(`There is no probe "${unknown}"; ${advice}.`)
}

function usage(problem: string): Failure {
  return new Failure('usage', { problem, command: 'gsa emulator compare' })
}

/** Returns the address of a server; undefined for Google. */
function urlOf(flag: string, value: string): URL | undefined {
  if (value === 'google' || isSameIssuer(value, googleIssuer)) return undefined
  if (!URL.canParse(value))
    throw usage(`${flag} is "${value}". Use google, or the address of a server, such as http://127.0.0.1:9077.`)
  const url = allowedUrl(flag, value)
  if (url.search !== '' || url.hash !== '') throw usage(`${flag} is "${value}". Leave out everything from ? or # on.`)
  return url
}

type Servers = readonly [ComparedServer, ComparedServer]

async function comparedServers(
  context: Context,
  options: CompareOptions,
  urls: readonly [URL | undefined, URL | undefined],
): Promise<Servers> {
  const issuerOf = (url: URL | undefined): string => url?.href.replace(/\/$/, '') ?? googleIssuer
  const [target, other] = urls
  const [own, others] = await storedAccounts(context, options, [issuerOf(target), issuerOf(other)])
  const like = (own ?? others)?.account
  return [comparedServer(context, target, own, like), comparedServer(context, other, others, like)]
}

async function runAll(
  output: Output,
  [target, other]: Servers,
  options: ComparisonOptions,
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = []
  for await (const result of compareServers(target, other, options)) {
    results.push(result)
    if (!output.isJson && result.result !== 'left out') await output.writeLines(resultText(result, output))
  }
  return results
}

function resultText({ name, result, differences }: ProbeResult, { style }: Output): string {
  const mark = result === 'same' ? style.green('✓') : result === 'different' ? style.red('✗') : style.yellow('!')
  const lines = differences.map(
    (difference) => `    ${safeText(difference.what)}: ${safeText(difference.target)} → ${safeText(difference.with)}`,
  )
  return [`${mark} ${name}`, ...lines].join('\n')
}

const countOf = (results: readonly ProbeResult[], wanted: ProbeResult['result']): number =>
  results.filter(({ result }) => result === wanted).length

async function report(output: Output, [target, other]: Servers, results: readonly ProbeResult[]): Promise<void> {
  const [same, different, failed] = (['same', 'different', 'failed'] as const).map((wanted) => countOf(results, wanted))
  const left = results.filter(({ result }) => result === 'left out')
  const sent = results
    .filter(({ result }) => result !== 'left out')
    .map(({ name, result, differences }) => ({ name, result, differences }))
  await output.result(
    { target: target.name, with: other.name, same, different, failed, probes: sent },
    () => `\n${same} same, ${different} different, ${failed} failed`,
  )
  for (const reason of new Set(left.map((one) => one.reason ?? ''))) {
    const { length } = left.filter((one) => one.reason === reason)
    output.note(`${length} ${length === 1 ? 'request was' : 'requests were'} left out: ${safeText(reason)}`)
  }
}

function refuseDifferences(options: CompareOptions, results: readonly ProbeResult[]): void {
  const [different, failed] = [countOf(results, 'different'), countOf(results, 'failed')]
  const flags = (['target', 'with', 'account', 'probe'] as const).flatMap((flag) =>
    [options[flag] ?? []].flat().flatMap((value) => [`--${flag}`, value]),
  )
  const command = typedCommand(['gsa', 'emulator', 'compare', ...flags, '--json'])
  if (different > 0) throw new Failure('answers_differ', { different, command })
  if (failed > 0) throw new Failure('comparison_incomplete', { failed, command })
}
