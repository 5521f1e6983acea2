import { Command } from 'commander'
import { accessToken } from '../credentials/access.ts'
import type { AppFolder } from '../drive/drive.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { driveGetCommand } from './drive-get.ts'
import { driveInfoCommand } from './drive-info.ts'
import { driveLsCommand } from './drive-ls.ts'
import { drivePutCommand } from './drive-put.ts'
import { driveRmCommand } from './drive-rm.ts'
import { type CommonOptions, openSession } from './session.ts'

// A token that ends in the middle of a listing is no use.
const minTtlMs = 120_000

/** Opens the app folder of the chosen account. @throws Failure of the groups usage, network and login required */
export async function openAppFolder(context: Context, options: CommonOptions): Promise<AppFolder> {
  const session = openSession(context, options)
  const { account, refreshing } = await session.account()
  const driveUrl = session.driveUrl(account)
  const { value } = await accessToken(refreshing, account, minTtlMs)
  return { http: session.http, driveUrl, accessToken: value }
}

/** `gsa drive` */
export function driveCommand(context: Context): Command {
  const open = openAppFolder.bind(undefined, context)
  const drive = new Command('drive')
    .description('look into the app folder of Drive, and put, get and remove files')
    .addHelpText(
      'after',
      examples(
        'gsa drive ls-appfolder --long',
        'gsa drive put settings.json',
        'gsa drive get settings.json -o -',
        'gsa drive rm settings.json --yes',
      ),
    )
  for (const make of [driveLsCommand, driveInfoCommand, driveGetCommand, drivePutCommand, driveRmCommand])
    drive.addCommand(make(context, open))
  return drive
}
