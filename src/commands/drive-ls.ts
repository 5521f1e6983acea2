import { Command } from 'commander'
import { type AppFolder, type DriveFile, listAppFolder } from '../drive/drive.ts'
import { safeJson, safeText } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Context } from '../terminal/context.ts'
import { humanBytes } from '../terminal/lines.ts'
import { examples, wholeNumber } from '../terminal/options.ts'
import type { CommonOptions } from './session.ts'

interface ListingOptions extends CommonOptions {
  readonly long?: boolean
  readonly query?: string
  readonly orderBy?: string
  readonly limit?: number
  readonly pageSize: number
}

/** `gsa drive ls-appfolder` */
export function driveLsCommand(context: Context, open: (options: CommonOptions) => Promise<AppFolder>): Command {
  return new Command('ls-appfolder')
    .description('list the files of the app folder')
    .option('--long', 'with id, type and MD5')
    .option('--query <q>', "only files that match, such as: name contains 'log'")
    .option('--order-by <fields>', 'such as: modifiedTime desc,name')
    .option('--limit <n>', 'stop after so many files', wholeNumber(1, 2_000_000_000))
    .option('--page-size <n>', 'files per request, at most 1000', wholeNumber(1, 1000), 1000)
    .addHelpText(
      'after',
      examples(
        'gsa drive ls-appfolder',
        'gsa drive ls-appfolder --long --order-by "modifiedTime desc" --limit 10',
        'gsa drive ls-appfolder --json | jq -r ".[].name"',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListingOptions>()
      await list(context, await open(options), options)
    })
}

async function list({ output }: Context, folder: AppFolder, options: ListingOptions): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, pageSize, query, orderBy } = options
  let count = 0
  for await (const page of listAppFolder(folder, { query, orderBy, pageSize: Math.min(pageSize, limit) })) {
    const files = page.slice(0, limit - count)
    const texts = files.map((file, at) =>
      output.isJson
        ? `${count + at === 0 ? '[' : ','}\n${safeJson(file)}`
        : `${fileLine(file, options.long === true)}\n`,
    )
    count += files.length
    if (texts.length > 0) await output.write(texts.join(''))
    if (count >= limit || output.isUnread()) break
  }
  if (output.isJson) await output.write(count === 0 ? '[]\n' : '\n]\n')
  else if (count === 0)
    output.note(
      'The app folder is empty. Each project sees only what its own clients wrote, so files of another project do not show.',
    )
}

function fileLine(file: DriveFile, long: boolean): string {
  const text = (name: string): string => safeText(stringMember(file, name) ?? '-')
  const size = stringMember(file, 'size')
  const columns = [
    (size === undefined ? '-' : humanBytes(Number(size))).padStart(7),
    text('modifiedTime')
      .replace(/\.\d+Z$/, 'Z')
      .padEnd(20),
  ]
  if (long) columns.unshift(text('id').padEnd(44))
  if (long) columns.push(text('md5Checksum').padEnd(32), text('mimeType').padEnd(24))
  return [...columns, text('name')].join('  ')
}
