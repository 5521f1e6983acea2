import { describe, expect } from 'vitest'
import { type Drive, names, put, test } from './drive-client.ts'
import { send } from './raw-http.ts'

const listed = async (drive: Drive, root: string, query: string) =>
  await send(`${root}/drive/v3/files?spaces=appDataFolder&${query}`, { headers: drive.headers })

describe('a number or Boolean', () => {
  test.for([
    ['pageSize=NOPE', 'page_size', 'TYPE_INT32', 'NOPE'],
    ['pageSize=', 'page_size', 'TYPE_INT32', ''],
    ['pageSize=2.0', 'page_size', 'TYPE_INT32', '2.0'],
    ['pageSize=%202', 'page_size', 'TYPE_INT32', ' 2'],
    ['pageSize=2147483648', 'page_size', 'TYPE_INT32', '2147483648'],
    ['pageSize=2&pageSize=NOPE', 'page_size', 'TYPE_INT32', 'NOPE'],
    ['supportsAllDrives=NOPE', 'supports_all_drives', 'TYPE_BOOL', 'NOPE'],
    ['includeTeamDriveItems=', 'include_team_drive_items', 'TYPE_BOOL', ''],
    ['supportsTeamDrives=on', 'supports_team_drives', 'TYPE_BOOL', 'on'],
  ] as const)('in %s is refused by the name of its field', async ([query, field, type, value], { google, drive }) => {
    const description = `Invalid value at '${field}' (${type}), "${value}"`
    const refusal = await listed(drive, google.issuer, query)
    expect(refusal.status).toBe(400)
    expect(refusal.json.error).toEqual({
      code: 400,
      message: description,
      errors: [{ message: description, reason: 'invalid' }],
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] }],
    })
  })

  test.for(['1', 'y', 'No', 't', 'F', 'tRuE', '0'])('can be %s', async (value, { drive }) => {
    expect((await drive.list({ supportsAllDrives: value })).status).toBe(200)
  })

  test('is checked in every value, also of a method that writes', async ({ google, drive }) => {
    const message = [
      `Invalid value at 'page_size' (TYPE_INT32), "a"`,
      `Invalid value at 'supports_all_drives' (TYPE_BOOL), "b"`,
    ].join('\n')
    const refusal = await listed(drive, google.issuer, 'pageSize=a&supportsAllDrives=b')
    expect(refusal.json.error.message).toBe(message)
    expect(refusal.json.error.details[0].fieldViolations).toHaveLength(2)
    expect((await drive.create({ name: 'a' }, { keepRevisionForever: 'x' })).status).toBe(400)
    expect((await drive.get('about', { fields: 'kind', supportsAllDrives: 'x' })).status).toBe(200)
  })

  test.for([
    ['0', '0'],
    ['-0', '0'],
    ['-1', '-1'],
    ['1001', '1001'],
  ] as const)('pageSize=%s is out of range', async ([value, shown], { drive }) => {
    const message = `Invalid value '${shown}'. Values must be within the range: [value: 1\n, value: 1000\n]`
    const refusal = await drive.list({ pageSize: value })
    expect(refusal.status).toBe(400)
    expect(refusal.json.error).toEqual({
      code: 400,
      message,
      errors: [
        { message, domain: 'global', reason: 'invalidParameter', location: 'page_size', locationType: 'parameter' },
      ],
    })
    expect((await drive.get('files/generateIds', { space: 'appDataFolder', count: value })).status).toBe(400)
  })

  test.for([
    ['pageSize=%2B1', 1],
    ['pageSize=02', 2],
    ['pageSize=1&pageSize=3', 1],
    ['pageSize=0&pageSize=1', 3],
    ['pageSize=1001&pageSize=1', 3],
  ] as const)('%s lists %s files', async ([query, count], { google, drive }) => {
    for (const name of ['a', 'b', 'c']) await put(drive, name)
    expect(names(await listed(drive, google.issuer, query))).toHaveLength(count)
  })
})

const sharedDrives = { status: 403, reason: 'supportsTeamDrivesRequired' }
const found = { status: 200 }

describe('files.list', () => {
  test.for([
    ['includeItemsFromAllDrives=true', sharedDrives],
    ['includeTeamDriveItems=True', sharedDrives],
    ['includeItemsFromAllDrives=yes', found],
    ['includeItemsFromAllDrives=true&supportsAllDrives=true', found],
    ['includeItemsFromAllDrives=true&supportsTeamDrives=TRUE', found],
    ['includeItemsFromAllDrives=true&supportsAllDrives=1', sharedDrives],
    ['includeItemsFromAllDrives=false&includeItemsFromAllDrives=true', found],
    ['includeItemsFromAllDrives=true&q=bad', sharedDrives],
    ['includeItemsFromAllDrives=true&pageSize=0', { status: 400, reason: 'invalidParameter', location: 'page_size' }],
    ['includeItemsFromAllDrives=true&orderBy=bogus', { status: 400, reason: 'invalid', location: 'orderBy' }],
    ['orderBy=name,name%20desc', { status: 403, reason: 'orderByContainsDuplicateSortKeys', location: 'orderBy' }],
    ['orderBy=name,name_natural', { status: 403, reason: 'orderByContainsDuplicateSortKeys', location: 'orderBy' }],
    ['orderBy=recency,modifiedTime', found],
    ['orderBy=name&q=fullText+contains+%27a%27', { status: 403, reason: 'forbidden', location: 'orderBy' }],
    ['orderBy=name&q=name+contains+%27fullText%27', found],
    ['orderBy=name,starred', { status: 500, reason: 'internalError' }],
    ['orderBy=,starred,name', found],
    ['orderBy=bogus&q=bad', { status: 400, reason: 'invalid', location: 'orderBy' }],
    ['fields=bogus&pageToken=bad&q=bad', { status: 400, reason: 'invalid', location: 'q' }],
    ['fields=bogus&pageToken=bad', { status: 400, reason: 'invalid', location: 'pageToken' }],
    ['fields=bogus&orderBy=name,starred', { status: 500, reason: 'internalError' }],
    ['fields=id&fields=bogus&q=&q=bad', { status: 400, reason: 'invalidParameter', location: 'fields' }],
    ['fields=kind&fields=bogus&q=&q=bad&orderBy=name&orderBy=bad&pageToken=&pageToken=bad', found],
  ] as const)('answers %s as Google does', async ([query, { status, ...item }], { google, drive }) => {
    const answer = await listed(drive, google.issuer, query)
    expect(answer.status).toBe(status)
    const [error = {}] = answer.json.error?.errors ?? []
    expect({ reason: error.reason, location: error.location }).toEqual({
      reason: undefined,
      location: undefined,
      ...item,
    })
  })
})

describe('a parameter with a meaning', () => {
  test.for(['', ' '])('fields=%j selects nothing', async (fields, { drive }) => {
    const id = await put(drive, 'a')
    expect((await drive.list({ fields })).json).toEqual({})
    expect((await drive.get(`files/${id}`, { fields })).json).toEqual({})
    expect((await drive.get('about', { fields })).json.error.errors[0].reason).toBe('required')
  })

  test('acknowledgeAbuse is only for downloads', async ({ drive }) => {
    const id = await put(drive, 'a')
    for (const path of [`files/${id}`, 'files/nope']) {
      const refusal = await drive.get(path, { acknowledgeAbuse: 'true' })
      expect(refusal.status).toBe(403)
      expect(refusal.json.error.errors[0]).toMatchObject({
        message: 'The acknowledgeAbuse parameter is only applicable for download requests.',
        reason: 'invalidAbuseAcknowledgment',
        location: 'acknowledgeAbuse',
      })
    }
    expect((await drive.get(`files/${id}`, { acknowledgeAbuse: 'true', alt: 'MEDIA' })).body).toBe('a')
    expect((await drive.get(`files/${id}`, { acknowledgeAbuse: '1' })).status).toBe(200)
  })

  test('files.export needs a type, even of an unknown file', async ({ drive }) => {
    const refusal = await drive.get('files/nope/export')
    expect(refusal.json.error.errors[0]).toMatchObject({
      message: 'Required parameter: mimeType',
      reason: 'required',
      location: 'mimeType',
    })
    expect((await drive.get('files/nope/export', { mimeType: '' })).status).toBe(404)
  })

  test.for([
    [{ alt: 'zzz' }, `Invalid value "zzz" for query parameter 'alt'`],
    [{ alt: 'Media' }, 'Unsupported alt type "media" for non byte stream request.'],
    [{ '$.xgafv': '3' }, `Invalid query parameters. Invalid value '3' for system query parameter : $.xgafv`],
    [{ '$.xgafv': '' }, `Invalid query parameters. Invalid value '' for system query parameter : $.xgafv`],
  ] as const)('%j is refused', async ([parameters, message], { drive }) => {
    const refusal = await drive.list(parameters)
    expect(refusal.status).toBe(400)
    expect(refusal.json.error).toEqual({
      code: 400,
      message,
      errors: [{ message, domain: 'global', reason: 'badRequest' }],
      status: 'INVALID_ARGUMENT',
    })
  })
})
