import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { inAppData, names, put, test } from './drive-client.ts'
import { sendJson } from './raw-http.ts'

describe('files.list', () => {
  test('answers the captured shape, newest first', async ({ drive }) => {
    await put(drive, 'old')
    const id = await put(drive, 'new')
    const { json } = await drive.list()
    expect(Object.keys(json)).toEqual(['kind', 'incompleteSearch', 'files'])
    expect(json).toMatchObject({ kind: 'drive#fileList', incompleteSearch: false })
    expect(json.files[0]).toEqual({ kind: 'drive#file', mimeType: 'text/plain', id, name: 'new' })
    expect(Object.keys(json.files[0])).toEqual(['kind', 'mimeType', 'id', 'name'])
    expect(names(await drive.list())).toEqual(['new', 'old'])
  })

  test('pages with an opaque token, absent on the last page, also while files vanish', async ({ drive }) => {
    for (let index = 0; index < 7; index += 1) await put(drive, `file ${index}`)
    const first = (await drive.list({ pageSize: '3' })).json
    expect(first.files).toHaveLength(3)
    expect(first.nextPageToken.length).toBeGreaterThan(350)
    await drive.remove(first.files[2].id)
    const second = (await drive.list({ pageSize: '3', pageToken: first.nextPageToken })).json
    expect(second.files.map((file: { name: string }) => file.name)).toEqual(['file 3', 'file 2', 'file 1'])
    const third = await drive.list({ pageSize: '3', pageToken: second.nextPageToken })
    expect(names(third)).toEqual(['file 0'])
    expect(third.json).not.toHaveProperty('nextPageToken')
  })

  test.for([
    { orderBy: 'name', expected: ['a10', 'a9', 'B1'] },
    { orderBy: 'name desc', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'name_natural', expected: ['a9', 'a10', 'B1'] },
    { orderBy: 'createdTime', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'createdTime desc,name', expected: ['a10', 'a9', 'B1'] },
    { orderBy: 'modifiedTime desc', expected: ['B1', 'a10', 'a9'] },
    { orderBy: 'quotaBytesUsed desc', expected: ['a9', 'a10', 'B1'] },
  ])('orders by $orderBy, also across pages', async ({ orderBy, expected }, { google, drive }) => {
    const first = await put(drive, 'B1', 'x')
    google.advanceClock('1s')
    await put(drive, 'a9', 'xxx')
    google.advanceClock('1s')
    await put(drive, 'a10', 'xx')
    google.advanceClock('1s')
    await drive.update(first, { starred: true })
    const listed: string[] = []
    let pageToken = ''
    do {
      const page = await drive.list({ orderBy, pageSize: '1', ...(pageToken && { pageToken }) })
      listed.push(...names(page))
      pageToken = page.json.nextPageToken ?? ''
    } while (pageToken)
    expect(listed).toEqual(expected)
  })

  test.for([
    { q: "name = 'notes.txt'", expected: ['notes.txt'] },
    { q: "name != 'notes.txt'", expected: ['HelloWorld', "it's \\ here"] },
    { q: "name contains 'hello'", expected: ['HelloWorld'] },
    { q: "name contains 'World'", expected: [] },
    { q: "name contains 'txt'", expected: ['notes.txt'] },
    { q: String.raw`name = 'it\'s \\ here'`, expected: ["it's \\ here"] },
    { q: "mimeType = 'text/plain' and name contains 'n'", expected: ['notes.txt'] },
    { q: "mimeType contains 'text/'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: 'trashed = false', expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: 'trashed=true', expected: [] },
    { q: "not name = 'notes.txt' and (starred = true or name contains 'it')", expected: ["it's \\ here"] },
    { q: "'appDataFolder' in parents and trashed = false", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "'root' in parents", expected: [] },
    { q: "modifiedTime > '2000-01-01T00:00:00'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "createdTime < '2000-01-01'", expected: [] },
    { q: "appProperties has { key='k' and value='v' }", expected: ['HelloWorld'] },
    { q: "'me' in owners", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
  ])('finds $q', async ({ q, expected }, { drive }) => {
    await put(drive, 'notes.txt')
    await put(drive, "it's \\ here")
    await drive.multipart({ name: 'HelloWorld', ...inAppData, appProperties: { k: 'v' } }, 'x')
    expect(names(await drive.list({ q }))).toEqual(expected)
  })

  test.for([
    { fields: 'files(id,name,size),nextPageToken', keys: ['files'], file: ['id', 'name', 'size'] },
    { fields: 'files/name', keys: ['files'], file: ['name'] },
    { fields: 'kind,files(id,capabilities/canDelete)', keys: ['kind', 'files'], file: ['id', 'capabilities'] },
    { fields: 'files/id,files/name', keys: ['files'], file: ['id', 'name'] },
    { fields: 'incompleteSearch', keys: ['incompleteSearch'], file: undefined },
  ])('answers only $fields', async ({ fields, keys, file }, { drive }) => {
    await put(drive, 'a')
    const { json } = await drive.list({ fields })
    expect(Object.keys(json)).toEqual(keys)
    expect(file && Object.keys(json.files[0])).toEqual(file)
  })

  test('fields=* has everything', async ({ drive }) => {
    await put(drive, 'a')
    const { json } = await drive.list({ fields: '*' })
    expect(json.files[0]).toMatchObject({ md5Checksum: expect.any(String), owners: [{ me: true }] })
  })

  test('reaches a million generated files quickly', async ({ google, drive }) => {
    const files = { account: 'ada@example.com', count: 1_000_000, bytes: 100 }
    const made = await sendJson(`${google.issuer}/emulator/v1/files`, files)
    expect(made.json.created).toBe(1_000_000)
    const page = (await drive.list({ pageSize: '1000', fields: 'files(id,name,size,md5Checksum),nextPageToken' })).json
    expect(page.files).toHaveLength(1000)
    expect(page.nextPageToken).toBeDefined()
    const [file] = page.files
    const content = await drive.get(`files/${file.id}`, { alt: 'media' })
    expect(content.bytes).toHaveLength(100)
    expect(createHash('md5').update(content.bytes).digest('hex')).toBe(file.md5Checksum)
    await drive.update(page.files[1].id, { name: 'touched' })
    await drive.remove(page.files[2].id)
    const after = (await drive.list({ pageSize: '4' })).json.files
    expect(after.map(({ name }: { name: string }) => name)).toEqual([
      file.name,
      'touched',
      page.files[3].name,
      page.files[4].name,
    ])
  })
})
