import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import { type AppFolder, checkMd5, type DriveFile, fileId, fileNamed, getFile, openContent } from '../drive/drive.ts'
import { Failure, safeText, fileProblem } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Context } from '../terminal/context.ts'
import { humanBytes } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import type { CommonOptions } from './session.ts'

interface GetOptions extends CommonOptions {
  readonly id?: string
  readonly output?: string
}

/** `gsa drive get` */
export function driveGetCommand(context: Context, open: (options: CommonOptions) => Promise<AppFolder>): Command {
  return new Command('get')
    .description('download a file of the app folder')
    .argument('[name]', 'the name of the file')
    .option('--id <id>', 'the id of the file, instead of its name')
    .option('-o, --output <file>', 'where to write it; - is standard output (default: its name, in this folder)')
    .addHelpText(
      'after',
      examples(
        'gsa drive get settings.json',
        'gsa drive get --id 1aB… -o backup.json',
        'gsa drive get settings.json -o - | jq .',
      ),
    )
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GetOptions>()
      const wanted = options.id ?? name
      if (wanted === undefined)
        throw new Failure('usage', { problem: 'Say which file: a name, or --id ID.', command: 'gsa drive get' })
      const folder = await open(options)
      const file = options.id === undefined ? await fileNamed(folder, wanted) : await getFile(folder, options.id)
      await download(context, folder, file, options.output)
    })
}

async function download(
  { output }: Context,
  folder: AppFolder,
  file: DriveFile,
  chosen: string | undefined,
): Promise<void> {
  const name = stringMember(file, 'name') ?? fileId(file)
  const target = chosen ?? localName(name)
  if (chosen === undefined && existsSync(target))
    throw new Failure('file_unwritable', { file: target, problem: 'it exists already' })
  // Before the content is asked for: an answer that nobody reads would keep the process waiting.
  const place = target === '-' ? undefined : placeOf(target)
  const { body } = await openContent(folder, fileId(file))
  const md5 = createHash('md5')
  if (place === undefined) {
    for await (const chunk of hashed(body, md5)) await output.write(chunk)
    checkMd5(name, file, md5.digest('hex'))
    return
  }
  const bytes = await writeWhole(place, hashed(body, md5), () => checkMd5(name, file, md5.digest('hex')))
  await output.result(
    { file, path: target, bytes },
    () => `${safeText(name)} → ${safeText(target)} (${humanBytes(bytes)})`,
  )
}

/** A name of Drive is any text; only its last part may become the name of a file here. */
function localName(name: string): string {
  const local = basename(name.replaceAll('\\', '/'))
  // eslint-disable-next-line no-control-regex -- a name with control characters is no name for a file
  if (local === '' || local === '.' || local === '..' || local !== name || /[\u0000-\u001f]/.test(local))
    throw new Failure('file_unwritable', {
      file: name,
      problem: 'its name cannot be the name of a file in this folder',
    })
  return local
}

async function* hashed(body: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
}

/**
 * Writes under a temporary name beside the target and renames at the end: there is never half a file under the real name.
 * A link is followed; what is no regular file (a device, a pipe) is written to as it is.
 */
async function writeWhole(
  { target, isSpecial }: Place,
  chunks: AsyncIterable<Buffer>,
  check: () => void,
): Promise<number> {
  const written = isSpecial ? target : `${target}.${process.pid}.part`
  const stream = createWriteStream(written, { flags: isSpecial ? 'w' : 'wx' })
  try {
    await once(stream, 'open')
    for await (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain')
    stream.end()
    await once(stream, 'finish')
    check()
    if (!isSpecial) renameSync(written, target)
    return stream.bytesWritten
  } catch (error) {
    stream.destroy()
    if (!isSpecial) rmSync(written, { force: true })
    if (error instanceof Failure) throw error
    throw new Failure('file_unwritable', { file: target, problem: fileProblem(error) }, { cause: error })
  }
}

/** Where a download goes, and whether that is something else than a regular file. */
interface Place {
  readonly target: string
  readonly isSpecial: boolean
}

function placeOf(named: string): Place {
  if (!existsSync(named)) return { target: named, isSpecial: false }
  const target = realpathSync(named)
  const status = statSync(target)
  if (status.isDirectory()) throw new Failure('file_unwritable', { file: named, problem: 'it is a folder' })
  return { target, isSpecial: !status.isFile() }
}
