import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { inAppData, put, test } from './drive-client.ts'
import { send, sendJson } from './raw-http.ts'

interface Method {
  id: string
  httpMethod: string
  path: string
  parameterOrder: string[]
  parameters: Record<string, { location: string; required?: boolean }>
  scopes: string[]
  request?: { $ref: string }
  response?: { $ref: string }
  supportsMediaDownload?: boolean
  mediaUpload?: { protocols: Record<'simple' | 'resumable', { path: string }> }
}

interface Document {
  rootUrl: string
  servicePath: string
  baseUrl: string
  auth: { oauth2: { scopes: Record<string, unknown> } }
  schemas: Record<string, { id: string; properties: Record<string, unknown> }>
  resources: Record<string, { methods: Record<string, Method> }>
}

const documentOf = async (google: Emulator): Promise<Document> =>
  (await send(`${google.issuer}/discovery/v1/apis/drive/v3/rest`)).json

const methodsOf = ({ resources }: Document): Method[] =>
  Object.values(resources).flatMap(({ methods }) => Object.values(methods))

describe('the discovery document of Drive', () => {
  test('names this emulator and its methods', async ({ google }) => {
    const answer = await send(`${google.issuer}/discovery/v1/apis/drive/v3/rest`)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8')
    expect(answer.json).toMatchObject({
      kind: 'discovery#restDescription',
      id: 'drive:v3',
      name: 'drive',
      version: 'v3',
      protocol: 'rest',
      rootUrl: `${google.issuer}/`,
      servicePath: 'drive/v3/',
      baseUrl: `${google.issuer}/drive/v3/`,
      batchPath: 'batch/drive/v3',
      parameters: { alt: { location: 'query' }, fields: { location: 'query' } },
    })
    expect(methodsOf(answer.json).map(({ id }) => id)).toEqual([
      'drive.about.get',
      'drive.files.list',
      'drive.files.generateIds',
      'drive.files.get',
      'drive.files.create',
      'drive.files.update',
      'drive.files.delete',
      'drive.files.copy',
    ])
  })

  test('is found through the list of APIs', async ({ google }) => {
    const { json } = await send(`${google.issuer}/discovery/v1/apis`)
    expect(json).toMatchObject({ kind: 'discovery#directoryList', items: [{ id: 'drive:v3', preferred: true }] })
    expect((await send(json.items[0].discoveryRestUrl)).json.id).toBe('drive:v3')
  })

  test('is consistent: schemas, scopes and path parameters are all defined', async ({ google }) => {
    const document = await documentOf(google)
    const { schemas, auth } = document
    for (const [name, { id }] of Object.entries(schemas)) expect(id).toBe(name)
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"(\w+)"/g)].map(([, name]) => name)
    expect(Object.keys(schemas)).toEqual(expect.arrayContaining(references))
    for (const { path, parameters, parameterOrder, scopes } of methodsOf(document)) {
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(parameterOrder)
      for (const name of parameterOrder) expect(parameters[name]).toMatchObject({ location: 'path', required: true })
      expect(Object.keys(auth.oauth2.scopes)).toEqual(expect.arrayContaining(scopes))
    }
  })

  test('promises only methods that work', async ({ google, drive }) => {
    const document = await documentOf(google)
    for (const { id, httpMethod, path } of methodsOf(document)) {
      const url = document.baseUrl + path.replace('{fileId}', await put(drive, 'x'))
      const answer = await send(`${url}?fields=kind`, { method: httpMethod, headers: drive.headers })
      expect({ id, type: answer.headers['content-type'], found: answer.status !== 404 }).toEqual({
        id,
        type: id === 'drive.files.delete' ? 'text/html' : 'application/json; charset=UTF-8',
        found: true,
      })
    }
  })

  test.for(['simple', 'resumable'] as const)('leads to %s uploads', async (protocol, { google, drive }) => {
    const document = await documentOf(google)
    for (const method of methodsOf(document).filter(({ mediaUpload }) => mediaUpload)) {
      const path = method.mediaUpload?.protocols[protocol].path.replace('{fileId}', await put(drive, 'x')) ?? ''
      const uploadType = protocol === 'simple' ? 'media' : 'resumable'
      const url = `${new URL(path, document.rootUrl).href}?uploadType=${uploadType}`
      const metadata = method.httpMethod === 'POST' && protocol === 'resumable' ? inAppData : {}
      const answer = await sendJson(url, metadata, { method: method.httpMethod, headers: drive.headers })
      // A media upload cannot name a parent, and this token has no access to My Drive.
      expect(answer.status).toBe(protocol === 'simple' && method.httpMethod === 'POST' ? 403 : 200)
    }
  })

  test('lists exactly the file members that the emulator returns', async ({ google, drive }) => {
    const { schemas } = await documentOf(google)
    const promised = Object.keys(schemas['File']?.properties ?? {})
    const metadata = { ...inAppData, description: 'd', appProperties: { a: '1' }, properties: { b: '2' } }
    const { id } = (await drive.multipart({ name: 'a.txt', ...metadata }, 'hello')).json
    const shown = (await drive.get(`files/${id}`, { fields: '*' })).json
    expect(Object.keys(shown).toSorted()).toEqual(promised.toSorted())
    const about = (await drive.get('about', { fields: '*' })).json
    expect(Object.keys(about).toSorted()).toEqual(Object.keys(schemas['About']?.properties ?? {}).toSorted())
  })
})
