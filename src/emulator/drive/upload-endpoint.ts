import { badRequest } from '../answers/drive-errors.ts'
import { preflightReply, withCrossOrigin } from '../http/cross-origin.ts'
import { type Call, notFoundPage, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { authorizeDrive, type DriveCall } from './call.ts'
import { decodeId } from './drive.ts'
import { createFile, updateFile } from './files.ts'
import { uploadSessionEndpoint } from './resumable-upload.ts'
import { receiveMetadata, receiveUpload } from './upload.ts'
import { openUploadSession } from './upload-session.ts'

/** How content arrives: in this request, or in later ones to a session. */
type Protocol = 'media' | 'multipart' | 'resumable'

/** The names that the X-Goog-Upload protocol has for them. */
const protocolsByHeader = new Map<string, Protocol>([
  ['raw', 'media'],
  ['multipart', 'multipart'],
  ['resumable', 'resumable'],
])

/**
 * Handles everything below `/upload/drive/v3/` and `/resumable/upload/drive/v3/` (evidence B10): uploads in one
 * request, and sessions. Every response has the id of the upload. Pages of any origin may upload; those of a session's
 * origin may use the session.
 */
export async function uploadEndpoint(google: LocalGoogle, call: Call): Promise<Reply | undefined> {
  const { headers } = call
  if (call.method === 'OPTIONS') return preflightReply(headers.origin, headers['access-control-request-headers'])
  const isToSession = call.query.has('upload_id') && call.method !== 'PATCH'
  const session = isToSession ? google.state.uploads.get(call.query.get('upload_id') ?? '') : undefined
  const reply = await (isToSession ? uploadSessionEndpoint(google, call) : newUpload(google, call)).catch(refusalOf)
  if (reply === undefined) return undefined
  const signed = {
    'x-guploader-uploadid': session?.id ?? google.mint.uploadId(),
    ...(usesCommands(call) && { 'x-goog-upload-status': 'final' }),
    ...reply.headers,
    server: 'UploadServer',
  }
  return withCrossOrigin({ ...reply, headers: signed }, isToSession ? session?.origin : headers.origin)
}

function refusalOf(error: unknown): Reply {
  if (error instanceof Refused) return error.reply
  throw error
}

/** Handles a request that creates or changes a file, or opens a session for that. */
async function newUpload(google: LocalGoogle, call: Call): Promise<Reply | undefined> {
  const match = /^(?:\/resumable)?\/upload\/drive\/v3\/files(?:\/([^/]+))?$/.exec(call.path)
  const id = match?.[1] === undefined ? undefined : decodeId(match[1])
  const protocol = protocolOf(call)
  const isRightVerb = call.method === (id === undefined ? 'POST' : 'PATCH')
  if (match === null || !isRightVerb || protocol === undefined) return notFoundPage(call.path)
  const drive = authorizeDrive(google, call, id === undefined ? 'DriveFiles.Create' : 'DriveFiles.Update', 'write')
  return protocol === 'resumable' ? await begin(drive, id) : await uploadAtOnce(drive, id, protocol)
}

/** Returns the protocol; the X-Goog-Upload headers take precedence over `uploadType`. */
function protocolOf(call: Call): Protocol | undefined {
  const name = protocolHeader(call)
  if (name !== undefined) return protocolsByHeader.get(name)
  if (call.headers['x-goog-upload-command'] !== undefined) return 'resumable'
  return (['media', 'multipart', 'resumable'] as const).find((type) => type === call.query.get('uploadType'))
}

function protocolHeader({ headers, query }: Call): string | undefined {
  const name = headers['x-goog-upload-protocol'] ?? query.get('upload_protocol') ?? undefined
  return name === undefined ? undefined : String(name).toLowerCase()
}

/** Returns whether the client speaks the X-Goog-Upload protocol. */
function usesCommands(call: Call): boolean {
  return call.headers['x-goog-upload-command'] !== undefined || protocolHeader(call) !== undefined
}

async function begin(drive: DriveCall, id: string | undefined): Promise<Reply | undefined> {
  const { call } = drive
  const byCommands = usesCommands(call)
  if (byCommands && String(call.headers['x-goog-upload-command']).trim().toLowerCase() !== 'start')
    throw badRequest('Invalid upload command.')
  const metadata = await receiveMetadata(call)
  return metadata === undefined
    ? undefined
    : openUploadSession(drive, { fileId: id, metadata, usesCommands: byCommands })
}

async function uploadAtOnce(
  drive: DriveCall,
  id: string | undefined,
  protocol: 'media' | 'multipart',
): Promise<Reply | undefined> {
  const { headers } = drive.call
  const contentType = headers['content-type'] ?? 'application/octet-stream'
  const declaredType = headers['x-goog-upload-header-content-type']
  const mimeType = protocol === 'media' && declaredType !== undefined ? String(declaredType) : contentType
  const upload = await receiveUpload(drive, protocol, mimeType)
  if (upload === undefined) return undefined
  return id === undefined ? createFile(drive, upload) : updateFile(drive, id, upload)
}
