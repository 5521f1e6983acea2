import { apiReply, type Reply } from '../../http/reply.ts'
import type { LocalGoogle } from '../../local-google.ts'
import { originsOf } from '../../records/origins.ts'
import { readScopes } from '../call.ts'
import { resources } from './methods.ts'
import { schemas } from './schemas.ts'

const text = { type: 'string', location: 'query' }

/** Parameters that every method accepts. */
const commonParameters = {
  alt: { ...text, default: 'json', enum: ['json', 'media'], description: 'media for the content of a file.' },
  fields: { ...text, description: 'Which members the answer has.' },
  access_token: { ...text, description: 'An access token, where no header can be sent.' },
  oauth_token: { ...text, description: 'The older name of access_token.' },
  key: { ...text, description: 'An API key: AIza and 35 more characters.' },
  prettyPrint: { type: 'boolean', location: 'query', default: 'true', description: 'false for a compact response.' },
  quotaUser: { ...text, description: 'Changes nothing here.' },
  callback: { ...text, description: 'Changes nothing here.' },
  uploadType: { ...text, description: 'How the content of an upload is sent.' },
  upload_protocol: { ...text, description: 'How the content of an upload is sent.' },
  '$.xgafv': { ...text, enum: ['1', '2'], description: 'Changes nothing here.' },
}

const drive = { name: 'drive', version: 'v3', title: 'Google Drive API' }
const restPath = 'discovery/v1/apis/drive/v3/rest'

/**
 * Returns the discovery document of the Drive API as this emulator implements it. Client libraries are built from it at
 * run time.
 */
export function driveDiscoveryEndpoint({ issuer }: LocalGoogle): Reply {
  const { www } = originsOf(issuer)
  const scopes = Object.fromEntries(readScopes.map((scope) => [scope, { description: scope }]))
  return apiReply(200, {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'drive:v3',
    ...drive,
    canonicalName: 'Drive',
    description: 'The part of the Drive API that the emulator answers.',
    revision: '20260801',
    ownerDomain: 'google.com',
    ownerName: 'Google',
    protocol: 'rest',
    rootUrl: `${www}/`,
    servicePath: 'drive/v3/',
    basePath: '/drive/v3/',
    baseUrl: `${www}/drive/v3/`,
    batchPath: 'batch/drive/v3',
    parameters: commonParameters,
    auth: { oauth2: { scopes } },
    schemas,
    resources,
  })
}

/** Returns the list of APIs that have a discovery document. */
export function apiListEndpoint({ issuer }: LocalGoogle): Reply {
  const { www } = originsOf(issuer)
  const item = {
    kind: 'discovery#directoryItem',
    id: 'drive:v3',
    ...drive,
    discoveryRestUrl: `${www}/${restPath}`,
    preferred: true,
  }
  return apiReply(200, { kind: 'discovery#directoryList', discoveryVersion: 'v1', items: [item] })
}
