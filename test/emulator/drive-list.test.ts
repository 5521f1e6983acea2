import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { inAppData, names, put, test } from './drive-client.ts'
import { configure, control } from './raw-http.ts'

describe('files.list', () => {
  test('returns the captured format, newest first', async ({ drive }) => {
    await put(drive, 'old')
    const id = await put(drive, 'new')
    const { json } = await drive.list()
    expect(Object.keys(json)).toEqual(['kind', 'incompleteSearch', 'files'])
    expect(json).toMatchObject({ kind: 'drive#fileList', incompleteSearch: false })
    expect(json.files[0]).toEqual({ kind: 'drive#file', mimeType: 'text/plain', id, name: 'new' })
    expect(Object.keys(json.files[0])).toEqual(['kind', 'mimeType', 'id', 'name'])
    expect(names(await drive.list())).toEqual(['new', 'old'])
  })

  test('pages with an opaque token, absent on the last page, even while files are deleted', async ({ drive }) => {
    for (let index = 0; index < 7; index++) await put(drive, `file ${index}`)
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
    { orderBy: 'name asc', expected: ['a10', 'a9', 'B1'] },
    { orderBy: ',name desc,', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'name_natural', expected: ['a9', 'a10', 'B1'] },
    { orderBy: 'createdTime', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'createdTime desc,name', expected: ['a10', 'a9', 'B1'] },
    { orderBy: 'modifiedTime desc', expected: ['B1', 'a10', 'a9'] },
    { orderBy: 'quotaBytesUsed desc', expected: ['a9', 'a10', 'B1'] },
  ])('orders by $orderBy, even across pages', async ({ orderBy, expected }, { google, drive }) => {
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
    { q: "name = 'NOTES.txt'", expected: ['notes.txt'] },
    { q: "name != 'Notes.TXT'", expected: ['HelloWorld', "it's \\ here"] },
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
    { q: "not 'appDataFolder' in parents", expected: [] },
    { q: "appProperties has { key='k' and value='w' }", expected: [] },
    { q: "not appProperties has { key='k' and value='v' }", expected: ["it's \\ here", 'notes.txt'] },
    { q: "name contains 'hell' and not name contains 'it'", expected: ['HelloWorld'] },
    { q: "mimeType != 'text/plain'", expected: [] },
    { q: "createdTime >= '2000-01-01T00:00:00-08:00'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "viewedByMeTime <= '2000-01-01T00:00:00.123Z'", expected: [] },
    { q: "starred != true and visibility = 'limited'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: 'sharedWithMe = true', expected: [] },
    { q: "fullText contains 'hello'", expected: ['HelloWorld'] },
    { q: "'me' in owners", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "'ADA@example.com' in writers", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "'test@example.org' in readers", expected: [] },
    { q: 'name = "notes.txt"', expected: ['notes.txt'] },
    { q: String.raw`name="it's \\ here" and mimeType="text/plain"`, expected: ["it's \\ here"] },
    { q: String.raw`name = "a \"quoted\" name"`, expected: [] },
    { q: 'sharedWithMe', expected: [] },
    { q: "sharedWithMe and name contains 'hello'", expected: [] },
    { q: "not sharedWithMe and name = 'notes.txt'", expected: ['notes.txt'] },
    {
      q: 'sharedWithMe != true and trashed=False and starred = FALSE',
      expected: ['HelloWorld', "it's \\ here", 'notes.txt'],
    },
    { q: 'trashed = True', expected: [] },
    { q: "parents in 'appDataFolder' and name = 'notes.txt'", expected: ['notes.txt'] },
    { q: "'appfolder' in parents", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "name CONTAINS 'hello' AND 'appDataFolder' IN parents", expected: ['HelloWorld'] },
    { q: "not fullText contains 'hello'", expected: ["it's \\ here", 'notes.txt'] },
    { q: `fullText contains '"is here"'`, expected: [] },
    { q: "fullText contains 'greeting'", expected: ['HelloWorld'] },
    {
      q: "modifiedTime > '2012-06-04T12:00:00' and (mimeType contains 'image/' or mimeType contains 'video/')",
      expected: [],
    },
    { q: "'labels/contract@latest' in labels", expected: [] },
    { q: "shortcutDetails.targetId = '1x'", expected: [] },
    { q: "shortcutDetails.targetId != '1x' and name = 'notes.txt'", expected: ['notes.txt'] },
  ])('finds $q', async ({ q, expected }, { drive }) => {
    await put(drive, 'notes.txt')
    await put(drive, "it's \\ here")
    await drive.multipart({ name: 'HelloWorld', description: 'greeting', ...inAppData, appProperties: { k: 'v' } }, 'x')
    expect(names(await drive.list({ q }))).toEqual(expected)
  })

  test.for([
    { q: "name = 'Élan Vital'", found: true },
    { q: "name = 'ÉLAN VITAL'", found: true },
    { q: "name = 'élan vital'", found: false },
    { q: "name contains 'élan'", found: true },
    { q: "name contains 'elan'", found: false },
    { q: "name contains '\uff56ital'", found: true },
  ])('compares letters beyond ASCII: $q', async ({ q, found }, { drive }) => {
    await put(drive, 'Élan Vital')
    expect(names(await drive.list({ q }))).toEqual(found ? ['Élan Vital'] : [])
  })

  test.for([
    ['=', true],
    ['!=', false],
    ['<', false],
    ['<=', true],
    ['>', false],
    ['>=', true],
  ] as const)('compares the very moment of a file with %s', async ([operator, isFound], { drive }) => {
    await put(drive, 'notes.txt')
    const [{ createdTime }] = (await drive.list({ fields: 'files(createdTime)' })).json.files
    expect(names(await drive.list({ q: `createdTime ${operator} '${createdTime}'` }))).toEqual(
      isFound ? ['notes.txt'] : [],
    )
  })

  test.for([
    { fields: 'files(id,name,size),nextPageToken', keys: ['files'], file: ['size', 'id', 'name'] },
    { fields: 'files/name', keys: ['files'], file: ['name'] },
    { fields: 'kind,files(id,capabilities/canDelete)', keys: ['kind', 'files'], file: ['id', 'capabilities'] },
    { fields: 'files/id,files/name', keys: ['files'], file: ['id', 'name'] },
    { fields: 'files(owners/*,name)', keys: ['files'], file: ['owners', 'name'] },
    { fields: 'files(owners(me,kind))', keys: ['files'], file: ['owners'] },
    { fields: 'nextPageToken,files(parents)', keys: ['files'], file: ['parents'] },
    { fields: 'incompleteSearch', keys: ['incompleteSearch'], file: undefined },
  ])('returns only $fields', async ({ fields, keys, file }, { drive }) => {
    await put(drive, 'a')
    const { json } = await drive.list({ fields })
    expect(Object.keys(json)).toEqual(keys)
    expect(file && Object.keys(json.files[0])).toEqual(file)
  })

  test('has the members of files in another order than a file of its own', async ({ drive }) => {
    const fields = 'id,name,size,md5Checksum,mimeType,owners,parents,trashed,version,createdTime,sha256Checksum'
    const id = await put(drive, 'a')
    const listed = (await drive.list({ fields: `files(${fields})` })).json.files[0]
    expect(Object.keys(listed).join(' ')).toBe(
      'md5Checksum mimeType parents owners size id name trashed createdTime version sha256Checksum',
    )
    const user = ['displayName', 'kind', 'me', 'permissionId', 'emailAddress', 'photoLink']
    expect(Object.keys(listed.owners[0])).toEqual(user)
    const own = (await drive.get(`files/${id}`, { fields })).json
    expect(Object.keys(own).join(' ')).toBe(
      'id name mimeType trashed parents version createdTime owners md5Checksum sha256Checksum size',
    )
    expect(own).toMatchObject({ ...listed, version: expect.any(String) })
  })

  test('has its page token first, or last if fields names it', async ({ drive }) => {
    await put(drive, 'a')
    await put(drive, 'b')
    const keys = async (fields: string) =>
      Object.keys((await drive.list({ pageSize: '1', ...(fields && { fields }) })).json)
    expect(await keys('')).toEqual(['nextPageToken', 'kind', 'incompleteSearch', 'files'])
    expect(await keys('*')).toEqual(['nextPageToken', 'kind', 'incompleteSearch', 'files'])
    expect(await keys('nextPageToken,kind,files(id)')).toEqual(['kind', 'files', 'nextPageToken'])
  })

  test.for(['*', 'files/*', 'files(*)', 'files', 'files(id,*)'])(
    'fields=%s returns everything',
    async (fields, { drive }) => {
      await put(drive, 'a')
      const { json } = await drive.list({ fields })
      expect(json.files[0]).toMatchObject({ md5Checksum: expect.any(String), owners: [{ me: true }] })
    },
  )

  test('has 100 files on a page by default, and up to 1000', async ({ google, drive }) => {
    await configure(google, 'POST files', { account: 'ada@example.com', count: 1500 })
    expect((await drive.list()).json.files).toHaveLength(100)
    expect((await drive.list({ pageSize: '1000' })).json.files).toHaveLength(1000)
  })

  test('keeps its position while files are added and deleted', async ({ drive }) => {
    for (let index = 0; index < 6; index++) await put(drive, `file ${index}`)
    for (const [orderBy, expected] of [
      ['', ['file 3', 'file 2', 'file 1', 'file 0']],
      ['name desc', ['file 3', 'file 2', 'file 1', 'file 0']],
    ] as const) {
      const parameters = { pageSize: '2', ...(orderBy && { orderBy }) }
      const { files, nextPageToken } = (await drive.list(parameters)).json
      expect(files.map(({ name }: { name: string }) => name)).toEqual(['file 5', 'file 4'])
      const newer = await put(drive, 'file 9')
      const rest = await drive.list({ ...parameters, pageSize: '9', pageToken: nextPageToken })
      expect(names(rest)).toEqual(expected)
      await drive.remove(newer)
    }
  })

  const sortKeys = [
    'createdTime',
    'folder',
    'modifiedByMeTime',
    'modifiedTime',
    'name',
    'name_natural',
    'quotaBytesUsed',
    'recency',
    'sharedWithMeTime',
    'starred',
    'viewedByMeTime',
  ]
  test.for(sortKeys.flatMap((key) => [key, `${key} desc`]))(
    'returns every file once, in the same order on small pages as on a large one, ordered by %s',
    async (orderBy, { google, drive }) => {
      const fill = async (count: number) =>
        await configure(google, 'POST files', { account: 'ada@example.com', count, bytes: count })
      await fill(20)
      await drive.create({ name: 'folder', mimeType: 'application/vnd.google-apps.folder', ...inAppData })
      await put(drive, `${'long '.repeat(400)}name`)
      google.advanceClock('1s')
      await fill(5)
      await put(drive, 'generated-0000003.bin')
      const before = (await drive.list()).json.files
      await drive.update(before[3].id, { starred: true })
      await drive.update(before[9].id, { name: 'touched' })
      await drive.remove(before[12].id)
      const whole = (await drive.list({ orderBy })).json.files.map(({ id }: { id: string }) => id)
      expect(new Set(whole).size).toBe(27)
      const pieces: string[] = []
      let pageToken = ''
      do {
        const { files, nextPageToken } = (await drive.list({ orderBy, pageSize: '4', ...(pageToken && { pageToken }) }))
          .json
        pieces.push(...files.map(({ id }: { id: string }) => id))
        pageToken = nextPageToken ?? ''
      } while (pageToken)
      expect(pieces).toEqual(whole)
    },
  )

  test('reaches a million generated files quickly', async ({ google, drive }) => {
    const files = { account: 'ada@example.com', count: 1_000_000, bytes: 100 }
    const made = await control(google, 'POST files', files)
    expect(made.json.created).toBe(1_000_000)
    const page = (await drive.list({ pageSize: '1000', fields: 'files(id,name,size,md5Checksum),nextPageToken' })).json
    expect(page.files).toHaveLength(1000)
    expect(page.nextPageToken).toBeDefined()
    const byName = (await drive.list({ orderBy: 'name', pageSize: '1000', fields: 'files/name,nextPageToken' })).json
    const pageToken = byName.nextPageToken
    const next = await drive.list({ orderBy: 'name', pageSize: '2', fields: 'files/name', pageToken })
    expect(names(next)).toEqual(['generated-0001000.bin', 'generated-0001001.bin'])
    expect(names(await drive.list({ q: "name = 'generated-0500000.bin'" }))).toHaveLength(1)
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
