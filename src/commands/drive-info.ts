import { Command } from 'commander'
import { type AppFolder, getAbout, getFile } from '../drive/drive.ts'
import { type JsonObject, stringMember } from '../http/json.ts'
import type { Context } from '../terminal/context.ts'
import { humanBytes, twoColumns } from '../terminal/lines.ts'
import { examples } from '../terminal/options.ts'
import type { CommonOptions } from './session.ts'

/** `gsa drive info` */
export function driveInfoCommand(context: Context, open: (options: CommonOptions) => Promise<AppFolder>): Command {
  return new Command('info')
    .description('show the app folder itself and the quota in use')
    .addHelpText('after', examples('gsa drive info', 'gsa drive info --json | jq -r .quota.usage'))
    .action(async (_: unknown, command: Command) => {
      const folder = await open(command.optsWithGlobals<CommonOptions>())
      const [file, about] = await Promise.all([getFile(folder, 'appDataFolder', 'id,name,mimeType'), getAbout(folder)])
      const quota = (about['storageQuota'] ?? {}) as JsonObject
      const bytes = (name: string): string | undefined => {
        const value = stringMember(quota, name)
        return value === undefined ? undefined : humanBytes(Number(value))
      }
      await context.output.result({ folder: file, user: about['user'] ?? null, quota }, () =>
        twoColumns([
          ['Folder', stringMember(file, 'name')],
          ['Id', stringMember(file, 'id')],
          ['Account', stringMember((about['user'] ?? {}) as JsonObject, 'emailAddress')],
          ['Quota', bytes('limit') ?? 'unlimited'],
          ['Used', bytes('usage')],
          ['Used in Drive', bytes('usageInDrive')],
        ]),
      )
    })
}
