import { type Stats, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Command } from 'commander'
import type { GoogleApi } from '../../api/call.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { type DriveFile, fileBytes, fileName, fileNamed, getFile } from '../../drive/app-folder.ts'
import { copyContent, downloadFile } from '../../drive/download.ts'
import { Failure, fileProblem } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { humanBytes } from '../../terminal/lines.ts'
import { examples } from '../../terminal/options.ts'
import type { Output } from '../../terminal/output.ts'
import { transferProgress } from '../../terminal/progress.ts'
import type { Open } from '../shared/google-api.ts'
import { keepMemorySmall } from '../shared/keep-memory-small.ts'
import type { CommonOptions } from '../shared/session.ts'

interface GetOptions extends CommonOptions {
  readonly id?: string
  readonly output?: string
}

/** `gsa drive get` */
export function driveGetCommand(context: Context, open: Open): Command {
  return new Command('get')
    .description('download a file from the app folder')
    .argument('[name]', 'the name of the file')
    .option('--id <id>', 'the id of the file, instead of its name')
    .option(
      '-o, --output <file>',
      'the file or folder to write to; - is standard output (default: the same name, in this folder)',
    )
    .addHelpText(
      'before',
      examples(
        'gsa drive get settings.json',
        'gsa drive get --id 1aB… -o backup.json',
        'gsa drive get settings.json -o - | jq .',
      ),
    )
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GetOptions>()
      const wanted = options.id ?? name
      if (wanted === undefined || (options.id !== undefined && name !== undefined))
        throw new Failure('usage', { problem: 'Name the file, or use --id ID.', command: 'gsa drive get' })
      const { api } = await open(options)
      const file = options.id === undefined ? await fileNamed(api, wanted) : await getFile(api, options.id)
      await (options.output === '-' ? print(context, api, file) : save(context, api, file, options.output))
    })
}

async function print({ output }: Context, api: GoogleApi, file: DriveFile): Promise<void> {
  const write = output.contentWriter()
  await copyContent(api, { file, onProgress: watcher(output, file) }, write)
  await write()
  output.status?.('')
}

async function save({ output }: Context, api: GoogleApi, file: DriveFile, chosen: string | undefined): Promise<void> {
  const target = targetOf(file, chosen)
  const bytes = await downloadFile(
    api,
    {
      file,
      onProgress: watcher(output, file),
      onKept: (path, done) =>
        output.note(`${humanBytes(done)} saved in ${safeText(path)}. Run the same command again to resume.`),
      onResume: (done) => output.note(`Resuming after ${humanBytes(done)}.`),
    },
    target,
  )
  await output.result(
    { file, path: target, bytes },
    () => `${safeText(fileName(file))} → ${safeText(target)} (${humanBytes(bytes)})`,
  )
}

function watcher(output: Output, file: DriveFile): (bytes: number) => void {
  const progress = transferProgress(output, fileName(file))
  const passed = keepMemorySmall()
  let before = 0
  return (bytes) => {
    progress(bytes, fileBytes(file))
    passed(bytes - before)
    before = bytes
  }
}

/** Returns the path to write: the chosen file, else a new file in the chosen folder or this one. */
function targetOf(file: DriveFile, chosen: string | undefined): string {
  if (chosen !== undefined && whatIsAt(chosen)?.isDirectory() !== true) return chosen
  const target = join(chosen ?? '', localName(fileName(file)))
  if (whatIsAt(target) !== undefined)
    throw new Failure('file_unwritable', { file: target, problem: 'it already exists' })
  return target
}

function whatIsAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new Failure('file_unwritable', { file: path, problem: fileProblem(error) }, { cause: error })
  }
}

/** Returns a Drive name as a local file name. Drive allows any text, so a name that is a path is refused. */
function localName(name: string): string {
  const local = basename(name.replaceAll('\\', '/'))
  // oxlint-disable-next-line no-control-regex -- no file name should have control characters
  if (local === '' || local === '.' || local === '..' || local !== name || /[\u0000-\u001f]/.test(local))
    throw new Failure('file_unwritable', {
      file: name,
      problem: 'its name is not a valid local file name',
    })
  return local
}
