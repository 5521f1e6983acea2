import { describe, expect } from 'vitest'
import { inAppData, put, test } from './drive-client.ts'
import { postForm, send, sendJson } from './raw-http.ts'

const override = 'X-HTTP-Method-Override'

describe('a POST that names another method', () => {
  test('changes a file as PATCH', async ({ google, drive }) => {
    const id = await put(drive, 'a.txt')
    const headers = { ...drive.headers, [override]: 'PATCH' }
    const url = `${google.issuer}/drive/v3/files/${id}`
    const answer = await sendJson(`${url}?fields=kind,name`, { name: 'b.txt' }, { headers })
    expect(answer).toMatchObject({ status: 200, json: { kind: 'drive#file', name: 'b.txt' } })
    expect(google.requests().at(-1)).toMatchObject({ method: 'PATCH', path: `/drive/v3/files/${id}` })
  })

  test('deletes a file as DELETE', async ({ google, drive }) => {
    const url = `${google.issuer}/drive/v3/files/${await put(drive, 'a.txt')}`
    const answer = await send(url, { method: 'POST', headers: { ...drive.headers, [override]: 'DELETE' } })
    expect(answer.status).toBe(204)
    expect((await send(url, { headers: drive.headers })).status).toBe(404)
  })

  test('lists files as GET, with its query in a form', async ({ google, drive }) => {
    await put(drive, 'a.txt')
    await put(drive, 'b.txt')
    const q = `name = 'a.txt'${" or name = 'none'".repeat(150)}`
    const answer = await postForm(
      `${google.issuer}/drive/v3/files`,
      { spaces: 'appDataFolder', q, fields: 'files(name)' },
      { ...drive.headers, [override]: 'GET' },
    )
    expect(answer).toMatchObject({ status: 200, json: { files: [{ name: 'a.txt' }] } })
    expect(google.requests().at(-1)).toMatchObject({ method: 'GET', query: { spaces: 'appDataFolder', q } })
  })

  test.for([
    { name: 'joined by and', form: { q: Array(40_000).fill('trashed = false').join(' and ') } },
    { name: 'joined by or', form: { q: Array(40_000).fill("name = 'a.txt'").join(' or ') } },
    {
      name: 'in fields',
      form: { fields: ['kind', ...Array.from({ length: 20_000 }, (_, at) => `files/properties/${at}`)].join(',') },
    },
  ])('can have as many terms $name as fit in a megabyte', { timeout: 60_000 }, async ({ form }, { google, drive }) => {
    await put(drive, 'a.txt')
    const headers = { ...drive.headers, [override]: 'GET' }
    const answer = await postForm(`${google.issuer}/drive/v3/files`, { spaces: 'appDataFolder', ...form }, headers)
    expect(answer).toMatchObject({ status: 200, json: { kind: 'drive#fileList', files: [{}] } })
  })

  test('finds no word in the middle of a name of a megabyte', { timeout: 60_000 }, async ({ google, drive }) => {
    await put(drive, `b${'a'.repeat(900_000)}`, '')
    const headers = { ...drive.headers, [override]: 'GET' }
    const form = { spaces: 'appDataFolder', q: `name contains '${'a'.repeat(450_000)}'` }
    expect((await postForm(`${google.issuer}/drive/v3/files`, form, headers)).json).toMatchObject({ files: [] })
  })

  test('changes content as PATCH', async ({ google, drive }) => {
    const id = await put(drive, 'a.txt', 'old')
    const answer = await send(`${google.issuer}/upload/drive/v3/files/${id}?uploadType=media`, {
      method: 'POST',
      headers: { ...drive.headers, [override]: 'PATCH', 'content-type': 'text/plain' },
      body: 'new',
    })
    expect(answer.status).toBe(200)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('new')
  })

  test('starts an upload session as PATCH', async ({ google, drive }) => {
    const id = await put(drive, 'a.txt', 'old')
    const url = `${google.issuer}/upload/drive/v3/files/${id}?uploadType=resumable`
    const started = await sendJson(url, {}, { headers: { ...drive.headers, [override]: 'PATCH' } })
    expect(started.status).toBe(200)
    const sent = await send(started.headers.location ?? '', { method: 'PUT', body: 'new' })
    expect(sent.json).toMatchObject({ id })
  })

  test.for(['HEAD', 'patch', 'OPTIONS', 'constructor'])('is a POST if it names %s', async (name, { google, drive }) => {
    const headers = { ...drive.headers, [override]: name }
    const answer = await sendJson(`${google.issuer}/drive/v3/files`, { name: 'x', ...inAppData }, { headers })
    expect(answer).toMatchObject({ status: 200, json: { name: 'x' } })
  })

  test('cannot turn a GET into a DELETE', async ({ google, drive }) => {
    const url = `${google.issuer}/drive/v3/files/${await put(drive, 'a.txt')}`
    expect((await send(url, { headers: { ...drive.headers, [override]: 'DELETE' } })).json.name).toBe('a.txt')
  })
})
