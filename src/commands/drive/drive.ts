import { Command } from 'commander'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { openGoogleApi } from '../shared/google-api.ts'
import { driveGetCommand } from './get.ts'
import { driveInfoCommand } from './info.ts'
import { driveLsCommand } from './ls.ts'
import { drivePutCommand } from './put.ts'
import { driveRmCommand } from './rm.ts'

/** `gsa drive` */
export function driveCommand(context: Context): Command {
  const open = openGoogleApi.bind(undefined, context)
  const drive = new Command('drive')
    .description('list, download, upload and delete files in the Drive app folder')
    .addHelpText(
      'before',
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
