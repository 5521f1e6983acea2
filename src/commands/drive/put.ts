import { basename } from 'node:path'
import { Command } from 'commander'
import { useAccount } from '../../accounts/choose-account.ts'
import { credentialItem } from '../../accounts/credential.ts'
import type { GoogleApi } from '../../api/call.ts'
import { stringMember } from '../../core/json.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { countNamed, type DriveFile, fileBytes, fileId, fileNamed } from '../../drive/app-folder.ts'
import { type Destination, putFile, putStream } from '../../drive/upload.ts'
import { type FileSource, openFileSource } from '../../drive/upload-source.ts'
import { Failure, isFailure, mayWorkLater, problemOf } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { humanBytes } from '../../terminal/lines.ts'
import { examples } from '../../terminal/options.ts'
import { transferProgress } from '../../terminal/progress.ts'
import { stdinChunks } from '../../terminal/read-stdin.ts'
import type { Open, OpenedApi } from '../shared/google-api.ts'
import { keepMemorySmall } from '../shared/keep-memory-small.ts'
import type { CommonOptions } from '../shared/session.ts'

interface PutOptions extends CommonOptions {
  readonly name?: string
  readonly replace?: boolean
  readonly id?: string
  readonly restart?: boolean
  readonly quiet?: boolean
}

/** `gsa drive put` */
export function drivePutCommand(context: Context, open: Open): Command {
  return new Command('put')
    .description('upload a file to the app folder; run it again to resume an interrupted upload')
    .argument('<file>', 'the file; - reads standard input')
    .option('--name <name>', 'the name in the app folder (default: the file name)')
    .option('--replace', 'replace the file with that name, if there is one')
    .option('--id <id>', 'replace the file with this id')
    .option('--restart', 'discard an unfinished upload of this file, and start over')
    .addHelpText(
      'before',
      examples(
        'gsa drive put settings.json',
        'gsa drive put settings.json --replace',
        'date | gsa drive put - --name last-run.txt --replace',
      ),
    )
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<PutOptions>()
      const name = options.name ?? (file === '-' || options.id !== undefined ? undefined : basename(file))
      if (name === '' || (name === undefined && options.id === undefined))
        throw new Failure('usage', {
          problem: 'An upload from standard input needs a name: --name NAME.',
          command: 'gsa drive put',
        })
      // First: without the file, nothing should be asked or sent.
      const source = file === '-' ? undefined : await openFileSource(file)
      try {
        const isReplacing = options.replace === true || options.id !== undefined
        const opened = await open(options, isReplacing ? { command: useAccount, isConfirmed: false } : undefined)
        const replaced = await replacedId(opened.api, name, options)
        await put(context, opened, { source, name, restart: options.restart === true, replacedId: replaced })
        if (!isReplacing && name !== undefined && options.quiet !== true)
          await warnOfNamesakes(context, opened.api, name)
      } finally {
        await source?.close()
      }
    })
}

async function replacedId(
  api: GoogleApi,
  name: string | undefined,
  { id, replace }: PutOptions,
): Promise<string | undefined> {
  if (id !== undefined || replace !== true || name === undefined) return id
  try {
    return fileId(await fileNamed(api, name))
  } catch (error) {
    if (isFailure(error, 'drive_file_not_found')) return undefined
    throw error
  }
}

/**
 * Warns if other files have the name of the new one. A failure here is ignored: the upload has succeeded.
 */
async function warnOfNamesakes({ output }: Context, api: GoogleApi, name: string): Promise<void> {
  let count: number
  try {
    count = await countNamed(api, name)
  } catch (error) {
    if (error instanceof Failure) return
    throw error
  }
  if (count < 2) return
  output.warn({
    message: `The app folder now has ${count} files named "${name}".`,
    fix: 'Add --replace to replace a file of that name. To remove one: gsa drive ls-appfolder --long, then gsa drive rm --id ID',
  })
}

interface Put {
  /** Undefined for standard input. */
  readonly source: FileSource | undefined
  readonly name: string | undefined
  readonly replacedId: string | undefined
  readonly restart: boolean
}

async function put(
  context: Context,
  { api, account, session }: OpenedApi,
  { source, name, replacedId: replaced, restart }: Put,
): Promise<void> {
  const { output, signal, now, stdin } = context
  const progress = transferProgress(output, name ?? source?.name ?? '-')
  const passed = keepMemorySmall()
  let sent = 0
  const destination: Destination = {
    name,
    replacedId: replaced,
    onProgress(bytes, total) {
      passed(Math.max(0, bytes - sent))
      sent = bytes
      progress(bytes, total)
    },
  }
  const onStored = async (stored: DriveFile): Promise<void> => output.result(stored, () => storedLine(stored))
  if (source === undefined)
    return onStored(await putStream(api, { ...destination, stream: stdinChunks(stdin(), signal) }))
  let isKept = true
  await putFile(api, {
    ...destination,
    source,
    restart,
    keeping: {
      folder: session.settings.configDir,
      // The account of GSA_REFRESH_TOKEN has no name; the token identifies it.
      owner: JSON.stringify([credentialItem(account), session.settings.refreshToken?.reveal(), api.root.origin]),
      signal,
      now,
      onUnkept(failure) {
        isKept = false
        output.note(`If this upload is interrupted, it cannot be resumed (${problemOf(failure)}).`)
      },
    },
    onResume: () => output.note('Resuming the unfinished upload of this file.'),
    onStored,
  }).catch((error: unknown) => {
    if (sent > 0 && isKept && mayWorkLater(error))
      output.note(`${humanBytes(sent)} sent. Run the same command again within a week to resume.`)
    throw error
  })
}

function storedLine(stored: DriveFile): string {
  const bytes = fileBytes(stored)
  const details = [...(bytes === undefined ? [] : [humanBytes(bytes)]), `id ${safeText(fileId(stored))}`]
  return `${safeText(stringMember(stored, 'name') ?? fileId(stored))} stored (${details.join(', ')})`
}
