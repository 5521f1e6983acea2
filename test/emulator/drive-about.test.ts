import { describe, expect } from 'vitest'
import { driveOf, put, test } from './drive-client.ts'
import { signIn } from './raw-http.ts'

describe('about.get', () => {
  test('names a permission id of 20 digits, another for each account, always the same', async ({ google, drive }) => {
    const idOf = async (client: typeof drive) =>
      (await client.get('about', { fields: 'user' })).json.user.permissionId as string
    const [ada, grace] = [
      drive,
      driveOf(google, (await signIn(google, { account: 'grace@corp.example' })).access_token),
    ]
    expect(await idOf(ada)).toMatch(/^\d{20}$/)
    expect(await idOf(ada)).toBe(await idOf(ada))
    expect(await idOf(ada)).not.toBe(await idOf(grace))
    const id = await put(drive, 'a')
    const { owners } = (await drive.get(`files/${id}`, { fields: 'owners' })).json
    expect(owners[0].permissionId).toBe(await idOf(ada))
  })

  test('tells everything with fields=*', async ({ drive }) => {
    const { json } = await drive.get('about', { fields: '*' })
    expect(Object.keys(json)).toEqual([
      'kind',
      'user',
      'storageQuota',
      'importFormats',
      'exportFormats',
      'maxImportSizes',
      'maxUploadSize',
      'appInstalled',
      'folderColorPalette',
      'teamDriveThemes',
      'driveThemes',
      'canCreateTeamDrives',
      'canCreateDrives',
    ])
    expect(Object.keys(json.user)).toEqual(['kind', 'displayName', 'photoLink', 'me', 'permissionId', 'emailAddress'])
    expect(json.importFormats).toMatchObject({
      'text/csv': ['application/vnd.google-apps.spreadsheet'],
      'application/x-vnd.oasis.opendocument.presentation': ['application/vnd.google-apps.presentation'],
    })
    expect(Object.keys(json.importFormats)).toHaveLength(50)
    expect(json.exportFormats['application/vnd.google-apps.document']).toContain(
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    )
    expect(json.maxImportSizes['application/vnd.google-apps.document']).toBe('10485760')
    expect(json.folderColorPalette).toHaveLength(24)
    expect(json.driveThemes).toHaveLength(31)
    expect(json.driveThemes[0]).toEqual({
      id: 'abacus',
      backgroundImageLink: 'https://ssl.gstatic.com/team_drive_themes/abacus_background.jpg',
      colorRgb: '#ea6100',
    })
  })

  test('can be narrowed to members of the themes', async ({ drive }) => {
    const { json } = await drive.get('about', { fields: 'driveThemes(id),maxImportSizes' })
    expect(json.driveThemes[1]).toEqual({ id: 'blueprints' })
    expect((await drive.get('about', { fields: 'driveThemes(name)' })).status).toBe(400)
  })
})
