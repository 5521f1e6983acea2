import { Command } from 'commander'
import { stringMember } from '../../core/json.ts'
import { safeJson, safeText } from '../../core/safe-to-print.ts'
import { type DriveFile, fileBytes, listAppFolder } from '../../drive/app-folder.ts'
import type { Context } from '../../terminal/context.ts'
import { type Column, growingColumns, humanBytes } from '../../terminal/lines.ts'
import { examples, wholeNumber } from '../../terminal/options.ts'
import { openGoogleApi } from '../shared/google-api.ts'
import { keepMemorySmall, listedItemBytes } from '../shared/keep-memory-small.ts'
import type { CommonOptions } from '../shared/session.ts'

interface ListingOptions extends CommonOptions {
  readonly long?: boolean
  readonly query?: string
  readonly orderBy?: string
  readonly limit?: number
  readonly pageSize?: number
}

/** `gsa drive ls-appfolder` */
export function driveLsCommand(context: Context): Command {
  return new Command('ls-appfolder')
    .alias('ls')
    .description('list the files in the app folder')
    .option('--long', 'also show id, type and MD5')
    .option('--query <q>', "list only matching files, for example: name contains 'log'")
    .option('--order-by <fields>', 'the sort order, for example: modifiedTime desc,name')
    .option('--limit <n>', 'list at most this many files', wholeNumber(1, 2_000_000_000))
    .option('--page-size <n>', 'files per request, at most 1000', wholeNumber(1, 1000), 1000)
    .addHelpText(
      'before',
      examples(
        'gsa drive ls-appfolder',
        'gsa drive ls-appfolder --long --order-by "modifiedTime desc" --limit 10',
        'gsa drive ls-appfolder --json | jq -r ".[].name"',
      ),
    )
    .action(async (_: unknown, command: Command) => listFiles(context, command.optsWithGlobals<ListingOptions>()))
}

/** Lists the files in the app folder, as `gsa drive ls-appfolder` does. @throws what {@link listAppFolder} throws */
export async function listFiles(context: Context, options: ListingOptions): Promise<void> {
  const { output } = context
  const { api } = await openGoogleApi(context, options)
  const inColumns = growingColumns(options.long === true ? [...usualColumns, ...longColumns] : usualColumns)
  const passed = keepMemorySmall()
  let count = 0
  for await (const files of listAppFolder(api, options)) {
    const text = output.isJson
      ? files.map((file, at) => `${count + at === 0 ? '[' : ','}\n${safeJson(file)}`).join('')
      : inColumns(files.map((file) => rowOf(file, options.long === true)))
    count += files.length
    if (text !== '') await output.write(text)
    passed(files.length * listedItemBytes)
    if (output.isUnread()) break
  }
  if (output.isJson) await output.write(count === 0 ? '[]\n' : '\n]\n')
  if (count === 0) output.fixedNote(options.query === undefined ? emptyFolder : 'No file in the app folder matches.')
}

const emptyFolder =
  'The app folder is empty. Each Cloud project has its own: to see files that an app wrote, log in with a client of its project (--client-secrets).'

// As wide as typical values, so that the columns of all pages line up.
const usualColumns: readonly Column[] = [
  { align: 'right', atLeast: 6 },
  { align: 'left', atLeast: 20 },
]
const longColumns: readonly Column[] = [
  { align: 'left', atLeast: 44 },
  { align: 'left', atLeast: 32 },
  { align: 'left', atLeast: 24 },
]

function rowOf(file: DriveFile, long: boolean): readonly string[] {
  const text = (name: string): string => safeText(stringMember(file, name) ?? '-')
  const bytes = fileBytes(file)
  const usual = [
    bytes === undefined ? '-' : humanBytes(bytes),
    text('modifiedTime').replace(/\.\d+Z$/, 'Z'),
    ...(long ? [text('id'), text('md5Checksum'), text('mimeType')] : []),
  ]
  return [...usual, text('name')]
}
