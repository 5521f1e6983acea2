import { readScopes, writeScopes } from '../call.ts'

/** A method in the format of discovery documents. */
export type MethodDescription = Record<string, unknown>

/** 5 TB, in the format of `about.get`. */
export const largestFile = '5242880000000'

type Parameters = Record<string, Record<string, unknown>>

const text = { type: 'string', location: 'query' }
const flag = { type: 'boolean', location: 'query' }
const fileId: Parameters = {
  fileId: { type: 'string', location: 'path', required: true, description: 'The id of the file, or appDataFolder.' },
}
/** Clients that also work with shared drives always send this; it has no effect here. */
const sharedDrives: Parameters = { supportsAllDrives: { ...flag, description: 'Changes nothing here.' } }

interface MethodSketch {
  readonly id: string
  readonly httpMethod: string
  readonly path: string
  readonly description: string
  readonly parameters?: Parameters
  readonly request?: string
  readonly response?: string
  readonly more?: Readonly<Record<string, unknown>>
}

function method({
  id,
  httpMethod,
  path,
  description,
  parameters = {},
  request,
  response,
  more,
}: MethodSketch): MethodDescription {
  const required = Object.keys(parameters).filter((name) => parameters[name]?.['required'] === true)
  return {
    id: `drive.${id}`,
    httpMethod,
    path,
    flatPath: path,
    description,
    parameters,
    parameterOrder: required,
    ...(request && { request: { $ref: request } }),
    ...(response && { response: { $ref: response } }),
    scopes: httpMethod === 'GET' && id !== 'files.generateIds' ? readScopes : writeScopes,
    ...more,
  }
}

/** Returns the media upload description of a method. */
function uploadTo(path: string): Readonly<Record<string, unknown>> {
  const simple = { multipart: true, path: `/upload/drive/v3/${path}` }
  const protocols = { simple, resumable: { ...simple, path: `/resumable${simple.path}` } }
  return { supportsMediaUpload: true, mediaUpload: { accept: ['*/*'], maxSize: largestFile, protocols } }
}

const download = { supportsMediaDownload: true, useMediaDownloadService: true }

const aboutGet = method({
  id: 'about.get',
  httpMethod: 'GET',
  path: 'about',
  description: 'Shows the user and the storage; needs fields.',
  response: 'About',
})

const filesList = method({
  id: 'files.list',
  httpMethod: 'GET',
  path: 'files',
  description: 'Lists files, page by page.',
  parameters: {
    ...sharedDrives,
    includeItemsFromAllDrives: { ...flag, description: 'Needs supportsAllDrives; finds nothing more here.' },
    corpora: { ...text, description: 'Changes nothing here.' },
    orderBy: { ...text, description: 'Sort keys, separated by commas, each with asc, desc or nothing behind it.' },
    pageSize: { type: 'integer', format: 'int32', location: 'query', default: '100', minimum: '1', maximum: '1000' },
    pageToken: { ...text, description: 'The nextPageToken of the page before.' },
    q: { ...text, description: 'Which files to list.' },
    spaces: { ...text, description: 'drive, appDataFolder or both, separated by a comma.' },
  },
  response: 'FileList',
})

const filesGenerateIds = method({
  id: 'files.generateIds',
  httpMethod: 'GET',
  path: 'files/generateIds',
  description: 'Makes ids that a create may use.',
  parameters: {
    count: { type: 'integer', format: 'int32', location: 'query', default: '10', minimum: '1', maximum: '1000' },
    space: { ...text, default: 'drive' },
  },
  response: 'GeneratedIds',
})

const filesUpdate = method({
  id: 'files.update',
  httpMethod: 'PATCH',
  path: 'files/{fileId}',
  description: 'Changes metadata, content or both.',
  parameters: { ...fileId, ...sharedDrives, addParents: text, removeParents: text },
  request: 'File',
  response: 'File',
  more: uploadTo('files/{fileId}'),
})

/** The methods that the emulator implements, by resource. */
export const resources: Record<string, { readonly methods: Readonly<Record<string, MethodDescription>> }> = {
  about: { methods: { get: aboutGet } },
  files: {
    methods: {
      list: filesList,
      generateIds: filesGenerateIds,
      get: method({
        id: 'files.get',
        httpMethod: 'GET',
        path: 'files/{fileId}',
        description: 'Shows a file, or its content with alt=media.',
        parameters: { ...fileId, ...sharedDrives, acknowledgeAbuse: { ...flag, description: 'Only with alt=media.' } },
        response: 'File',
        more: download,
      }),
      create: method({
        id: 'files.create',
        httpMethod: 'POST',
        path: 'files',
        description: 'Creates a file, with or without content.',
        parameters: sharedDrives,
        request: 'File',
        response: 'File',
        more: uploadTo('files'),
      }),
      update: filesUpdate,
      delete: method({
        id: 'files.delete',
        httpMethod: 'DELETE',
        path: 'files/{fileId}',
        description: 'Deletes a file for good.',
        parameters: { ...fileId, ...sharedDrives },
      }),
      copy: method({
        id: 'files.copy',
        httpMethod: 'POST',
        path: 'files/{fileId}/copy',
        description: 'Copies a file; files of the app folder cannot be copied.',
        parameters: { ...fileId, ...sharedDrives },
        request: 'File',
        response: 'File',
      }),
    },
  },
}
