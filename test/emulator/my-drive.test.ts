import { describe, expect } from 'vitest'
import { test as base, type Drive, driveOf, inAppData, names } from './drive-client.ts'
import { driveAppdata, send, signIn } from './raw-http.ts'

const test = base.extend<{ whole: Drive }>({
  whole: async ({ google }, use) => {
    const scopes = ['https://www.googleapis.com/auth/drive', driveAppdata]
    await use(driveOf(google, (await signIn(google, { scopes })).access_token))
  },
})

const folderType = 'application/vnd.google-apps.folder'

test('a token for reading lists My Drive, and creates nothing there', async ({ google }) => {
  const scopes = ['https://www.googleapis.com/auth/drive.readonly', driveAppdata]
  const reading = driveOf(google, (await signIn(google, { scopes })).access_token)
  expect((await reading.list({ spaces: 'drive' })).status).toBe(200)
  expect((await reading.create({ name: 'there', parents: ['root'] })).status).toBe(403)
})

describe('a token for all of Drive and the app folder', () => {
  test('creates ids of 33 characters in My Drive and longer ones in the app folder', async ({ whole }) => {
    const lengthOf = async (metadata: unknown) => (await whole.create(metadata)).json.id.length
    expect(await lengthOf({ name: 'a' })).toBe(33)
    expect(await lengthOf({ name: 'a', ...inAppData })).toBe(45)
    for (const [space, length] of [
      ['drive', 33],
      ['appDataFolder', 45],
    ] as const) {
      const { ids } = (await whole.get('files/generateIds', { space, count: '3' })).json
      expect(ids).toHaveLength(3)
      for (const id of ids) expect(id).toMatch(new RegExp(`^1[\\w-]{${length - 1}}$`))
      expect((await whole.create({ id: ids[0], parents: [space === 'drive' ? 'root' : space] })).json.id).toBe(ids[0])
      expect((await whole.create({ id: ids[1], parents: [space === 'drive' ? 'appDataFolder' : 'root'] })).status).toBe(
        400,
      )
    }
  })

  test('lists one space or both', async ({ whole }) => {
    await whole.create({ name: 'here' })
    await whole.create({ name: 'there', ...inAppData })
    expect(names(await whole.list({ spaces: 'drive' }))).toEqual(['here'])
    expect(names(await whole.list())).toEqual(['there'])
    expect(names(await whole.list({ spaces: 'drive,appDataFolder' }))).toEqual(['there', 'here'])
    expect(names(await whole.list({ spaces: 'drive', q: "'root' in parents" }))).toEqual(['here'])
  })

  test('uploads only media, without a name', async ({ google, whole }) => {
    const answer = await send(`${google.issuer}/upload/drive/v3/files?uploadType=media`, {
      method: 'POST',
      headers: { ...whole.headers, 'content-type': 'text/css' },
      body: 'hello',
    })
    expect(answer.json).toMatchObject({ name: 'Untitled', mimeType: 'text/css' })
    expect((await whole.get(`files/${answer.json.id}`, { alt: 'media' })).body).toBe('hello')
  })

  test('cannot move a file to the other space', async ({ whole }) => {
    const { id: outside } = (await whole.create({ name: 'a' })).json
    const { id: inside } = (await whole.create({ name: 'a', ...inAppData })).json
    for (const answer of [
      await whole.update(inside, {}, { addParents: 'root', removeParents: 'appDataFolder' }),
      await whole.update(outside, {}, { addParents: 'appDataFolder', removeParents: 'root' }),
    ]) {
      expect(answer.status).toBe(403)
      expect(answer.json.error).toMatchObject({
        message: 'Method not supported for files within the Application Data folder.',
        errors: [{ reason: 'notSupportedForAppDataFolderFiles' }],
      })
    }
  })

  test('moves a file within a space', async ({ whole }) => {
    const { id: folder } = (await whole.create({ mimeType: folderType })).json
    const { id } = (await whole.create({ name: 'a' })).json
    const moved = await whole.update(id, {}, { addParents: folder, removeParents: 'root', fields: 'parents' })
    expect(moved.json).toEqual({ parents: [folder] })
    for (const answer of [
      await whole.update(id, {}, { addParents: 'root' }),
      await whole.create({ name: 'b', parents: ['root', folder] }),
    ])
      expect(answer).toMatchObject({
        status: 403,
        json: {
          error: {
            message: 'Increasing the number of parents is not allowed',
            errors: [{ domain: 'global', reason: 'cannotAddParent' }],
          },
        },
      })
  })

  test('trashes and restores a file, and everything in a folder', async ({ whole }) => {
    const { id: folder } = (await whole.create({ name: 'folder', mimeType: folderType })).json
    const { id } = (await whole.multipart({ name: 'a', parents: [folder] }, 'hello')).json
    const find = async (q: string) => names(await whole.list({ spaces: 'drive', q, orderBy: 'name' }))
    const state = async (of: string) => (await whole.get(`files/${of}`, { fields: 'trashed,explicitlyTrashed' })).json
    const inTrash = async () =>
      (await whole.get('about', { fields: 'storageQuota' })).json.storageQuota.usageInDriveTrash
    expect(await inTrash()).toBe('0')
    expect((await whole.update(folder, { trashed: true }, { fields: 'trashed' })).json).toEqual({ trashed: true })
    expect(await state(folder)).toEqual({ trashed: true, explicitlyTrashed: true })
    expect(await state(id)).toEqual({ trashed: true, explicitlyTrashed: false })
    expect((await whole.get(`files/${id}`, { alt: 'media' })).body).toBe('hello')
    expect(await find('trashed = false')).toEqual([])
    expect(await find('trashed = true')).toEqual(['a', 'folder'])
    expect(await inTrash()).toBe('5')
    await whole.update(folder, { trashed: false })
    expect(await find('trashed = false')).toEqual(['a', 'folder'])
    await whole.update(id, { trashed: true })
    await whole.update(folder, { trashed: true })
    await whole.update(folder, { trashed: false })
    expect(await find('trashed = true')).toEqual(['a'])
  })

  test('moves no file by its metadata, and writes no member that Google computes', async ({ whole }) => {
    const { id } = (await whole.create({ name: 'a' })).json
    const parents =
      'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.'
    const others = 'The resource body includes fields which are not directly writable.'
    for (const [metadata, message] of [
      [{ name: 'b', parents: ['root'] }, parents],
      [{ name: 'b', parents: ['appDataFolder'], id }, parents],
      [{ name: 'b', id }, others],
      [{ name: 'b', size: '5' }, others],
    ] as const)
      expect((await whole.update(id, metadata)).json.error).toEqual({
        code: 403,
        message,
        errors: [{ message, domain: 'global', reason: 'fieldNotWritable' }],
      })
    const unchanged = { kind: 'drive#file', id: null, parents: [], notAMember: 1 }
    expect((await whole.update(id, unchanged)).json.name).toBe('a')
  })

  test('copies a file under its own name if the request has null', async ({ whole }) => {
    const { id } = (await whole.create({ name: 'a', mimeType: 'text/css' })).json
    const copied = await whole.copy(id, { name: null, mimeType: null, parents: null })
    expect(copied).toMatchObject({ status: 200, json: { name: 'Copy of a', mimeType: 'text/css' } })
  })

  test('copies a file of My Drive, but not from or into the app folder', async ({ google, whole }) => {
    const { id } = (await whole.multipart({ name: 'a', parents: ['root'] }, 'hello')).json
    const copy = async (of: string, metadata: unknown = {}) => await whole.copy(of, metadata)
    const copied = await copy(id)
    expect(copied.json).toMatchObject({ name: 'Copy of a', mimeType: 'text/plain' })
    expect((await whole.get(`files/${copied.json.id}`, { alt: 'media' })).body).toBe('hello')
    const { id: inside } = (await whole.create({ name: 'a', ...inAppData })).json
    for (const answer of [await copy(inside), await copy(id, inAppData)])
      expect(answer.json.error.errors[0].reason).toBe('notSupportedForAppDataFolderFiles')
    expect((await copy((await whole.create({ mimeType: folderType })).json.id)).status).toBe(403)
    expect(google.requests().filter(({ path }) => path.endsWith('/copy'))).toHaveLength(4)
  })
})
