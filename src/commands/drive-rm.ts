import { Command } from 'commander'
import { type AppFolder, deleteFile, type DriveFile, fileId, fileNamed, getFile } from '../drive/drive.ts'
import { Failure, safeText } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Context } from '../terminal/context.ts'
import { collected, examples } from '../terminal/options.ts'
import type { CommonOptions } from './session.ts'

interface RemoveOptions extends CommonOptions {
  readonly id?: readonly string[]
  readonly yes?: boolean
}

/** `gsa drive rm` */
export function driveRmCommand(context: Context, open: (options: CommonOptions) => Promise<AppFolder>): Command {
  return new Command('rm')
    .description('delete files of the app folder for good; it has no trash')
    .argument('[names...]', 'names of files')
    .option('--id <id>', 'the id of a file, instead of its name; may be repeated', collected)
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('gsa drive rm settings.json', 'gsa drive rm --id 1aB… --id 1cD… --yes'))
    .action(async (names: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RemoveOptions>()
      const { output, prompt } = context
      const ids = options.id ?? []
      if (names.length + ids.length === 0)
        throw new Failure('usage', { problem: 'Say which files: names, or --id ID.', command: 'gsa drive rm' })
      if (options.yes !== true && !prompt.isPossible)
        throw new Failure('answer_needed', { question: 'Delete for good?', flag: '--yes' })
      const folder = await open(options)
      const files: DriveFile[] = []
      for (const name of new Set(names)) files.push(await fileNamed(folder, name))
      for (const id of new Set(ids))
        if (!files.some((file) => fileId(file) === id)) files.push(await getFile(folder, id))
      const list = files.map((file) => safeText(stringMember(file, 'name') ?? fileId(file))).join(', ')
      if (options.yes !== true && !(await prompt.confirm(`Delete ${list} for good?`, '--yes'))) {
        await output.result({ removed: [] }, () => 'Nothing was deleted.')
        return
      }
      for (const file of files) await deleteFile(folder, fileId(file))
      await output.result({ removed: files }, () => `Deleted ${list}`)
    })
}
