import { Command } from 'commander'
import { type JsonObject, stringMember } from '../../core/json.ts'
import { getAbout, getFile, measureAppFolder } from '../../drive/app-folder.ts'
import type { Context } from '../../terminal/context.ts'
import { humanBytes, twoColumns } from '../../terminal/lines.ts'
import { examples } from '../../terminal/options.ts'
import type { Open } from '../shared/google-api.ts'
import type { CommonOptions } from '../shared/session.ts'

/** `gsa drive info` */
export function driveInfoCommand(context: Context, open: Open): Command {
  return new Command('info')
    .description('show the app folder, its size and the storage quota')
    .addHelpText('before', examples('gsa drive info', 'gsa drive info --json | jq -r .files.bytes'))
    .action(async (_: unknown, command: Command) => {
      const { api } = await open(command.optsWithGlobals<CommonOptions>())
      const [folder, about, files] = await Promise.all([
        getFile(api, 'appDataFolder', 'id,name,mimeType'),
        getAbout(api),
        measureAppFolder(api),
      ])
      const user = (about['user'] ?? null) as JsonObject | null
      const quota = (about['storageQuota'] ?? {}) as JsonObject
      const bytes = (name: string): string | undefined => {
        const value = stringMember(quota, name)
        return value === undefined ? undefined : humanBytes(Number(value))
      }
      await context.output.result({ folder, files, user, quota }, () =>
        twoColumns([
          ['Folder', stringMember(folder, 'name')],
          ['Id', stringMember(folder, 'id')],
          ['Files', `${files.count.toLocaleString('en')} (${humanBytes(files.bytes)})`],
          ['Account', stringMember(user ?? {}, 'emailAddress')],
          ['Quota', bytes('limit') ?? 'unlimited'],
          ['Used', bytes('usage')],
          ['Used in Drive', bytes('usageInDrive')],
        ]),
      )
    })
}
