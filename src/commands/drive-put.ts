import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import { type AppFolder, fileId, filesNamed, largestSimpleUploadBytes, putFile } from '../drive/drive.ts'
import { Failure, safeText, fileProblem } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Context } from '../terminal/context.ts'
import { humanBytes } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import { readStdinBytes } from './read-stdin.ts'
import type { CommonOptions } from './session.ts'

interface PutOptions extends CommonOptions {
  readonly name?: string
  readonly replace?: boolean
}

/** `gsa drive put` */
export function drivePutCommand(context: Context, open: (options: CommonOptions) => Promise<AppFolder>): Command {
  return new Command('put')
    .description('upload a file to the app folder')
    .argument('<file>', 'the file; - reads standard input')
    .option('--name <name>', 'the name in the app folder (default: that of the file)')
    .option('--replace', 'replace the file of that name, if there is one, instead of adding another')
    .addHelpText(
      'after',
      examples(
        'gsa drive put settings.json',
        'gsa drive put settings.json --replace',
        'date | gsa drive put - --name last-run.txt --replace',
      ),
    )
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<PutOptions>()
      const name = options.name ?? (file === '-' ? undefined : basename(file))
      if (name === undefined || name === '')
        throw new Failure('usage', {
          problem: 'What comes from standard input needs a name: --name NAME.',
          command: 'gsa drive put',
        })
      const content =
        file === '-' ? await readStdinBytes(context.stdin, context.signal, largestSimpleUploadBytes) : readContent(file)
      const folder = await open(options)
      const stored = await putFile(folder, {
        name,
        content,
        replaceId: options.replace === true ? await replacedId(folder, name) : undefined,
      })
      await context.output.result(
        stored,
        () =>
          `${safeText(name)} stored (${humanBytes(content.length)}, id ${safeText(stringMember(stored, 'id') ?? '-')})`,
      )
    })
}

async function replacedId(folder: AppFolder, name: string): Promise<string | undefined> {
  const files = await filesNamed(folder, name)
  if (files.length > 1) throw new Failure('file_name_ambiguous', { name, ids: files.map(fileId) })
  return files[0] === undefined ? undefined : fileId(files[0])
}

function readContent(file: string): Buffer {
  try {
    const { size } = statSync(file)
    if (size > largestSimpleUploadBytes)
      throw new Failure('file_too_large', { file, bytes: size, limit: largestSimpleUploadBytes })
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('file_unreadable', { file, problem: fileProblem(error) }, { cause: error })
  }
}
