import { parameterRequired } from '../answers/drive-errors.ts'
import { apiReply, type Reply } from '../http/reply.ts'
import type { DriveCall } from './call.ts'
import { largestFile } from './discovery/methods.ts'
import { parseFields, project, type Schema } from './fields.ts'
import { driveFormats } from './formats.ts'
import { storageLimit, storageUsed, trashUsed } from './quota.ts'
import { userResource, userSchema } from './resource.ts'

const theme = { id: 'leaf', backgroundImageLink: 'leaf', colorRgb: 'leaf' } as const

/** The members of `about` that `fields` may name. */
const aboutSchema: Schema = {
  kind: 'leaf',
  user: userSchema,
  storageQuota: { limit: 'leaf', usage: 'leaf', usageInDrive: 'leaf', usageInDriveTrash: 'leaf' },
  importFormats: 'open',
  exportFormats: 'open',
  maxImportSizes: 'open',
  maxUploadSize: 'leaf',
  appInstalled: 'leaf',
  folderColorPalette: 'leaf',
  teamDriveThemes: theme,
  driveThemes: theme,
  canCreateTeamDrives: 'leaf',
  canCreateDrives: 'leaf',
}

/** Handles `about.get`: the user, the quota as strings, and what Drive converts. `fields` is required. */
export function about(drive: DriveCall): Reply {
  const fields = drive.call.query.get('fields')
  if (!fields?.trim()) throw parameterRequired('fields', "The 'fields' parameter is required for this method.")
  const selection = parseFields(fields, aboutSchema)
  const usage = String(storageUsed(drive.google.state, drive.token.account.sub))
  const inTrash = String(trashUsed(drive.google.state, drive.token.account.sub))
  const limit = String(storageLimit(drive.token.account))
  const { importFormats, exportFormats, maxImportSizes, folderColorPalette, driveThemes } = driveFormats()
  const resource = {
    kind: 'drive#about',
    user: userResource(drive.token.account),
    storageQuota: { limit, usage, usageInDrive: usage, usageInDriveTrash: inTrash },
    importFormats,
    exportFormats,
    maxImportSizes,
    maxUploadSize: largestFile,
    appInstalled: false,
    folderColorPalette,
    teamDriveThemes: driveThemes,
    driveThemes,
    canCreateTeamDrives: false,
    canCreateDrives: false,
  }
  return apiReply(200, project(resource, selection))
}
