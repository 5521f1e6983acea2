import { Command } from 'commander'
import type { GoogleApi } from '../../api/call.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { deleteFile, type DriveFile, fileId, fileName, filesNamed, getFile } from '../../drive/app-folder.ts'
import { Failure, isFailure, problemOf } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import type { Open } from '../shared/google-api.ts'
import type { CommonOptions } from '../shared/session.ts'

interface RemoveOptions extends CommonOptions {
  readonly id?: readonly string[]
  readonly yes?: boolean
}

/** `gsa drive rm` */
export function driveRmCommand(context: Context, open: Open): Command {
  return new Command('rm')
    .description('permanently delete files from the app folder; it has no trash')
    .argument('[names...]', 'file names')
    .option('--id <id...>', 'file ids, instead of names')
    .option('--yes', 'skip the confirmation')
    .addHelpText('before', examples('gsa drive rm settings.json notes.txt', 'gsa drive rm --id 1aB… 1cD… --yes'))
    .action(async (names: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoveOptions>()
      const { prompt } = context
      const ids = options.id ?? []
      if (names.length + ids.length === 0)
        throw new Failure('usage', { problem: 'Name the files, or use --id ID.', command: 'gsa drive rm' })
      const isAsked = options.yes !== true
      if (isAsked && !prompt.isPossible())
        throw new Failure('answer_needed', { question: 'Delete permanently?', flag: '--yes' })
      const { api, label } = await open(options, {
        command: (selector) => commandWords(names, ids, [...selector, ...(isAsked ? [] : ['--yes'])]),
        isConfirmed: isAsked,
      })
      const files = await filesMeant(api, names, ids)
      const list = files.map((file) => safeText(fileName(file))).join(', ')
      const question = async (): Promise<string> =>
        `Permanently delete ${list} from the app folder of ${await label()}?`
      if (isAsked && !(await prompt.confirm(await question(), '--yes')))
        await context.output.result({ removed: [] }, () => 'Nothing was deleted.')
      else await remove(context, api, files)
    })
}

function commandWords(
  names: readonly string[],
  ids: readonly string[],
  selector: readonly string[],
): readonly string[] {
  const options = [...(ids.length > 0 ? ['--id', ...ids] : []), '--account', ...selector]
  return names.some((name) => name.startsWith('-'))
    ? ['drive', 'rm', ...options, '--', ...names]
    : ['drive', 'rm', ...names, ...options]
}

/** Finds all the files before any is deleted, so that a missing or ambiguous name fails with nothing deleted. */
async function filesMeant(
  api: GoogleApi,
  names: readonly string[],
  ids: readonly string[],
): Promise<readonly DriveFile[]> {
  const files = new Map<string, DriveFile>()
  for (const file of await filesNamed(api, [...new Set(names)])) files.set(fileId(file), file)
  for (const id of ids) if (!files.has(id)) files.set(id, await getFile(api, id))
  return [...files.values()]
}

/** Deletes one file after the other; a failure does not stop the rest. */
async function remove({ output }: Context, api: GoogleApi, files: readonly DriveFile[]): Promise<void> {
  const removed: DriveFile[] = []
  const failures: Failure[] = []
  for (const file of files) {
    try {
      await deleteFile(api, fileId(file))
      removed.push(file)
    } catch (error) {
      if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
      failures.push(error)
      if (failures.length > 1) output.note(`${safeText(fileName(file))}: ${problemOf(error)}.`)
    }
  }
  const list = removed.map((file) => safeText(fileName(file))).join(', ')
  const [first] = failures
  if (first === undefined) return output.result({ removed }, () => `Deleted ${list}`)
  if (removed.length > 0) output.note(`Deleted ${list}; the others remain.`)
  throw first
}
