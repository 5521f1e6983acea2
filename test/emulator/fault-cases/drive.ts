import { expect } from 'vitest'
import { bearer, send, sendJson } from '../raw-http.ts'
import type { FaultCase, Tokens } from './fault-case.ts'
import type { Emulator } from '../../../src/emulator/index.ts'

const create = async (google: Emulator, { access_token }: Tokens): Promise<{ status: number; json: { id: string } }> =>
  await sendJson(
    `${google.driveUrl}/drive/v3/files`,
    { name: 'x', parents: ['appDataFolder'] },
    { headers: bearer(access_token) },
  )
const list: FaultCase['ask'] = async (google, { access_token }) =>
  await send(`${google.driveUrl}/drive/v3/files?spaces=appDataFolder`, { headers: bearer(access_token) })
const upload: FaultCase['ask'] = async (google, { access_token }) =>
  await send(`${google.driveUrl}/upload/drive/v3/files?uploadType=media`, {
    method: 'POST',
    headers: bearer(access_token),
    body: 'x',
  })
const uploadX = async (google: Emulator, tokens: Tokens): ReturnType<typeof send> => {
  const { id } = (await create(google, tokens)).json
  return await send(`${google.driveUrl}/upload/drive/v3/files/${id}?uploadType=media&fields=id,md5Checksum`, {
    method: 'PATCH',
    headers: bearer(tokens.access_token),
    body: 'x',
  })
}
const downloadX: FaultCase['ask'] = async (google, tokens) => {
  const { id } = (await uploadX(google, tokens)).json as { id: string }
  return await send(`${google.driveUrl}/drive/v3/files/${id}?alt=media`, { headers: bearer(tokens.access_token) })
}
const download: FaultCase['ask'] = async (google, tokens) => {
  const { id } = (await create(google, tokens)).json
  return await send(`${google.driveUrl}/drive/v3/files/${id}?alt=media`, { headers: bearer(tokens.access_token) })
}
const getFile: FaultCase['ask'] = async (google, tokens) => {
  const { id } = (await create(google, tokens)).json
  return await send(`${google.driveUrl}/drive/v3/files/${id}`, { headers: bearer(tokens.access_token) })
}
const getAppfolder: FaultCase['ask'] = async (google, { access_token }) =>
  await send(`${google.driveUrl}/drive/v3/files/appfolder`, { headers: bearer(access_token) })
const share: FaultCase['ask'] = async (google, tokens) => {
  const { id } = (await create(google, tokens)).json
  const url = `${google.driveUrl}/drive/v3/files/${id}/permissions`
  return await sendJson(url, { role: 'reader', type: 'anyone' }, { headers: bearer(tokens.access_token) })
}

const apiConsole = 'https://console.developers.google.com/apis/api/drive.googleapis.com'
const refusal = (reason: string, domain = 'global', status = 403): object => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  json: { error: { code: status, errors: [{ reason, domain }] } },
})
const usageLimits = (reason: string, status = 403): object => refusal(reason, 'usageLimits', status)

const notEnabled = `Google Drive API has not been used in project 100000000001 before or it is disabled. Enable it by visiting ${apiConsole}/overview?project=100000000001 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`

/** Returns a new upload session's response to a chunk of 512 KiB that is not the last. */
const sendChunk: FaultCase['ask'] = async (google, { access_token }) => {
  const url = `${google.driveUrl}/upload/drive/v3/files?uploadType=resumable`
  const { headers } = await sendJson(url, { parents: ['appDataFolder'] }, { headers: bearer(access_token) })
  try {
    return await send(headers.location ?? '', {
      method: 'PUT',
      headers: { 'content-range': 'bytes 0-524287/1000000' },
      body: Buffer.alloc(524_288),
    })
  } catch (error) {
    return error
  }
}

/** Drive errors. */
export const driveCases: readonly FaultCase[] = [
  {
    fault: 'user-rate-limit',
    on: 'drive',
    ask: list,
    sees: {
      status: 403,
      json: {
        error: {
          message: expect.stringMatching(/^User Rate Limit Exceeded\. Rate of requests for user exceed/),
          errors: [{ reason: 'userRateLimitExceeded', extendedHelp: `${apiConsole}/quotas?project=100000000001` }],
        },
      },
    },
  },
  { fault: 'project-rate-limit', on: 'drive', ask: list, sees: usageLimits('rateLimitExceeded') },
  { fault: 'project-rate-limit', on: 'drive', seconds: 2, ask: list, sees: { headers: { 'retry-after': '2' } } },
  { fault: 'project-rate-limit-429', on: 'drive', ask: upload, sees: usageLimits('rateLimitExceeded', 429) },
  { fault: 'daily-limit', on: 'drive', ask: list, sees: usageLimits('dailyLimitExceeded') },
  { fault: 'sharing-rate-limit', on: 'drive', ask: share, sees: refusal('sharingRateLimitExceeded') },
  { fault: 'storage-full', on: 'upload', ask: upload, sees: usageLimits('storageQuotaExceeded') },
  {
    fault: 'api-not-enabled',
    on: 'drive',
    ask: list,
    sees: {
      status: 403,
      body: `${JSON.stringify(
        {
          error: {
            code: 403,
            message: notEnabled,
            errors: [
              {
                message: notEnabled,
                domain: 'usageLimits',
                reason: 'accessNotConfigured',
                extendedHelp: `${apiConsole}/overview?project=100000000001`,
              },
            ],
            status: 'PERMISSION_DENIED',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: 'SERVICE_DISABLED',
                domain: 'googleapis.com',
                metadata: { service: 'drive.googleapis.com', consumer: 'projects/100000000001' },
              },
            ],
          },
        },
        null,
        2,
      )}\n`,
    },
  },
  { fault: 'invalid-credentials', on: 'drive', ask: list, sees: refusal('authError', 'global', 401) },
  {
    fault: 'insufficient-scope',
    on: 'drive',
    ask: list,
    sees: {
      status: 403,
      headers: { 'www-authenticate': expect.stringContaining('error="insufficient_scope"') },
      json: { error: { details: [{ metadata: { method: 'google.apps.drive.v3.DriveFiles.List' } }] } },
    },
  },
  { fault: 'app-not-authorized', on: 'drive', ask: getFile, sees: refusal('appNotAuthorizedToFile') },
  {
    fault: 'appfolder-unknown',
    on: 'drive',
    ask: getAppfolder,
    sees: { status: 404, json: { error: { message: 'File not found: appfolder.', errors: [{ location: 'fileId' }] } } },
  },
  { fault: 'domain-policy', on: 'drive', ask: list, sees: refusal('domainPolicy') },
  { fault: 'children-limit', on: 'drive', ask: create, sees: refusal('numChildrenInNonRootLimitExceeded') },
  { fault: 'item-creation-limit', on: 'drive', ask: create, sees: refusal('activeItemCreationLimitExceeded') },
  { fault: 'abusive-file', on: 'drive', ask: download, sees: refusal('cannotDownloadAbusiveFile') },
  { fault: 'not-downloadable', on: 'drive', ask: download, sees: refusal('fileNotDownloadable') },
  { fault: 'upload-cut', on: 'upload', bytes: 300_000, ask: sendChunk, sees: { code: 'ECONNRESET' } },
  {
    fault: 'upload-short',
    on: 'upload',
    bytes: 300_000,
    ask: sendChunk,
    sees: { status: 308, headers: { range: 'bytes=0-262143' } },
  },
  // The MD5 of "y", which differs from "x" by one bit.
  {
    fault: 'upload-damaged',
    on: 'upload',
    ask: uploadX,
    sees: { status: 200, json: { md5Checksum: '415290769594460e2e485922904f345d' } },
  },
  { fault: 'download-damaged', on: 'drive', ask: downloadX, sees: { status: 200, body: 'y' } },
  { fault: 'upload-session-expired', on: 'upload', ask: sendChunk, sees: { status: 404 } },
  {
    fault: 'backend-html',
    on: 'drive',
    ask: list,
    sees: { status: 502, headers: { 'content-type': expect.stringMatching(/^text\/html/) } },
  },
]
