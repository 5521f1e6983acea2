import { Command } from 'commander'
import { useAccount } from '../../accounts/choose-account.ts'
import { addressOf } from '../../api/address.ts'
import { type ApiRequest, type GoogleApi, openApi, sendingTimeoutMs } from '../../api/call.ts'
import { pages } from '../../api/pages.ts'
import type { JsonObject } from '../../core/json.ts'
import { safeJson, safeJsonText } from '../../core/safe-to-print.ts'
import { Failure } from '../../failures/index.ts'
import { readNamedFile } from '../../files/read-file.ts'
import { isJsonType } from '../../http/json-answer.ts'
import type { HttpStream } from '../../http/request.ts'
import type { Context } from '../../terminal/context.ts'
import { collected, examples } from '../../terminal/options.ts'
import type { Output } from '../../terminal/output.ts'
import { stdinChunks } from '../../terminal/read-stdin.ts'
import { openGoogleApi } from '../shared/google-api.ts'
import { keepMemorySmall, listedItemBytes } from '../shared/keep-memory-small.ts'
import type { CommonOptions } from '../shared/session.ts'
import { type Field, objectOf, rawField, typedField } from './fields.ts'

interface ApiOptions extends CommonOptions {
  readonly method?: string
  readonly field?: readonly Field[]
  readonly rawField?: readonly Field[]
  readonly header?: readonly string[]
  readonly input: string | undefined
  readonly paginate?: boolean
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

/** `gsa api` */
export function apiCommand(context: Context): Command {
  return new Command('api')
    .description("call any Google API with the account's access token, and print the response")
    .argument('[method]', 'GET, POST, PUT, PATCH or DELETE (default: GET, and POST with --input)')
    .argument('[path]', 'a path such as /drive/v3/files, or the https address of a Google API')
    .option('-X, --method <method>', 'the method, instead of the argument')
    .option(
      '-F, --field <name=value>',
      'a parameter; true, false, null and numbers become JSON values',
      also(typedField),
    )
    .option('-f, --raw-field <name=value>', 'a parameter; always text', also(rawField))
    .option('-H, --header <name:value>', 'a header', collected)
    .option('--input <file>', 'send this file; - is standard input')
    .option('--paginate', 'fetch all pages of a list, and print them as one')
    .addHelpText(
      'after',
      `
Parameters become the query of a GET or DELETE, otherwise a JSON object:
-f name=a -f 'parents[]=appDataFolder'`,
    )
    .addHelpText(
      'before',
      examples(
        'gsa api /drive/v3/about -f fields=user',
        "gsa api /drive/v3/files -f spaces=appDataFolder --paginate | jq -r '.files[].name'",
        "gsa api POST /drive/v3/files -f name=notes -f 'parents[]=appDataFolder'",
        "gsa api PATCH /drive/v3/files/ID -f 'appProperties[color]=red'",
        'gsa api https://people.googleapis.com/v1/people/me -f personFields=names',
      ),
    )
    .action(async (first: string | undefined, second: string | undefined, _: unknown, command: Command) => {
      // The global --no-input has the same name and would override it.
      const { input } = command.opts<{ readonly input?: string }>()
      const options: ApiOptions = { ...command.optsWithGlobals<ApiOptions>(), input }
      const { method, path } = meant(first, second, options)
      // A request that may overwrite or delete must not use an account nobody chose.
      const isHarmless = method === 'GET' || method === 'POST'
      const destruction = isHarmless ? undefined : { command: useAccount, isConfirmed: false }
      const { api } = await openGoogleApi(context, options, destruction)
      const url = addressOf(api, path)
      const fields = [...(options.rawField ?? []), ...(options.field ?? [])]
      const isInAddress = method === 'GET' || method === 'DELETE' || options.input !== undefined
      if (isInAddress) for (const { name, value } of fields) url.searchParams.append(name, String(value))
      if (options.paginate === true) await printPages(context.output, api, url)
      else {
        const body = options.input === undefined ? undefined : await inputOf(options.input, context)
        const json = isInAddress || fields.length === 0 ? undefined : Buffer.from(JSON.stringify(objectOf(fields)))
        await print(context.output, await openApi(api, requestOf(method, url, body ?? json, options)))
      }
    })
}

function also<T>(parse: (text: string) => T): (text: string, earlier: readonly T[] | undefined) => readonly T[] {
  return (text, earlier) => [...(earlier ?? []), parse(text)]
}

function meant(
  first: string | undefined,
  second: string | undefined,
  { method, input, paginate }: ApiOptions,
): { readonly method: Method; readonly path: string } {
  const usage = (problem: string): Failure => new Failure('usage', { problem, command: 'gsa api' })
  const isPath = second === undefined
  const path = isPath ? first : second
  if (path === undefined || path === '' || methods.some((known) => known === path))
    throw usage('Name the path to call, for example: /drive/v3/files.')
  if (!isPath && method !== undefined) throw usage('The method is given twice.')
  // Unlike gh, parameters alone do not make it a POST: forgetting the method must not create anything.
  const named = (isPath ? method : first) ?? (input === undefined ? 'GET' : 'POST')
  const known = methods.find((candidate) => candidate === named.toUpperCase())
  if (known === undefined) throw usage(`"${named}" is not one of ${methods.join(', ')}.`)
  if (paginate === true && known !== 'GET') throw usage('Only GET responses have pages.')
  return { method: known, path }
}

// For larger uploads there is gsa drive put, which does not hold them in memory.
const largestInputBytes = 256 * 1024 * 1024

async function inputOf(file: string, { stdin, signal }: Context): Promise<Buffer> {
  if (file === '-') {
    const chunks: Buffer[] = []
    for await (const chunk of stdinChunks(stdin(), signal)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  return readNamedFile(file, signal, largestInputBytes)
}

function requestOf(method: Method, url: URL, body: Buffer | undefined, { header = [] }: ApiOptions): ApiRequest {
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  for (const line of header) {
    const [, name, value = ''] = /^([\w-]+):\s*(.*)$/.exec(line) ?? []
    if (name === undefined || name.toLowerCase() === 'authorization')
      throw new Failure('usage', {
        problem:
          name === undefined
            ? `"${line}" is not a header; give NAME:VALUE.`
            : "gsa sends the account's own token. Choose another account with --account.",
        command: 'gsa api',
      })
    headers[name.toLowerCase()] = value
  }
  const isIdempotent = method !== 'POST' && method !== 'PATCH'
  return {
    method,
    url,
    headers,
    timeoutMs: sendingTimeoutMs(body?.length ?? 0),
    repeat: isIdempotent ? 'safe' : 'refused',
    ...(body === undefined ? {} : { body }),
  }
}

/** Prints a response unchanged; with `--json`, a response that is not JSON becomes a JSON string. */
async function print(output: Output, { headers, body }: HttpStream): Promise<void> {
  const isJson = isJsonType(headers)
  if (!isJson && !output.isJson) {
    const write = output.contentWriter()
    for await (const chunk of body) await write(chunk)
    await write()
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  if (!isJson) await output.write(`${text === '' ? 'null' : safeJson(text)}\n`)
  else await output.write(`${safeJsonText(text).trimEnd()}\n`)
}

/** Prints the pages of a list as one: the first page, with the items of all pages. */
async function printPages(output: Output, api: GoogleApi, url: URL): Promise<void> {
  const fields = url.searchParams.get('fields')
  // Without it, the list would silently stop after one page.
  if (fields !== null && !/\bnextPageToken\b|^\*$/.test(fields))
    url.searchParams.set('fields', `nextPageToken,${fields}`)
  const passed = keepMemorySmall()
  let list: string | undefined
  let isEmpty = true
  for await (const page of pages(api, url)) {
    if (list === undefined) {
      list = listIn(page)
      // Google omits empty lists: a response may have no list at all.
      if (list === undefined && page['nextPageToken'] !== undefined) continue
      if (list === undefined) return output.write(`${safeJson(page)}\n`)
      await output.write(beginningOf(page, list))
    }
    const items = page[list]
    const texts = Array.isArray(items) ? items.map((item: unknown) => safeJson(item)) : []
    if (texts.length > 0) await output.write(`${isEmpty ? '' : ','}\n${texts.join(',\n')}`)
    isEmpty &&= texts.length === 0
    passed(texts.length * listedItemBytes)
    if (output.isUnread()) break
  }
  await output.write(`${isEmpty ? '' : '\n'}]}\n`)
}

/** Returns the name of the paged list: `items` if there is one, else the longest list. */
function listIn(page: JsonObject): string | undefined {
  const lists = Object.entries(page).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
  const [longest] = lists.toSorted(([, one], [, other]) => other.length - one.length)
  return 'items' in page ? 'items' : longest?.[0]
}

function beginningOf(page: JsonObject, list: string): string {
  const others = Object.entries(page).filter(([name]) => name !== list && name !== 'nextPageToken')
  const members = others.map(([name, value]) => `${safeJson(name)}:${safeJson(value)},`)
  return `{${members.join('')}${safeJson(list)}:[`
}
