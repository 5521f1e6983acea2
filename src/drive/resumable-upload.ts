import { type ApiRequest, apiUrl, attemptCall, callApi, type GoogleApi, retriesOf, withToken } from '../api/call.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { HttpResponse, StreamedBody } from '../http/request.ts'
import { type DriveFile, fileFields, fileOf } from './app-folder.ts'
import { blockBytes, type Part, type UploadSource } from './upload-source.ts'

/** The destination of the content. */
export interface UploadTarget {
  /** The file's metadata. For a new file, it includes an `id` that makes the request safe to repeat. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** The file whose content is replaced; undefined for a new file. */
  readonly replacedId: string | undefined
}

/** A resumable upload in progress. */
export interface ResumableUpload {
  readonly target: UploadTarget
  readonly source: UploadSource
  /** The URL of an existing session; anyone who has it can write to the session. */
  readonly session: URL | undefined
  /** Called with a new session's URL before anything is sent to it, and with undefined when the session is gone. */
  readonly onSession: (session: URL | undefined) => void
  /** Called with the number of bytes that Drive has, or that were sent. */
  readonly onProgress: (bytes: number) => void
}

// On a slow line the next bytes may take long to send, and the last ones to be stored.
const transferTimeoutMs = 60_000
// Sessions expire after a week at the latest; if they keep expiring, something else is wrong.
const mostSessions = 5

/**
 * Uploads in parts (Drive guide, manage uploads, resumable). Resumes from what Drive reports, never from what was sent,
 * and queries the state after every error.
 * @throws Failure of the groups network, refused and usage
 */
export async function uploadResumably(api: GoogleApi, upload: ResumableUpload): Promise<DriveFile> {
  let { session } = upload
  for (let sessions = 1; ; sessions++) {
    const isFresh = session === undefined
    session ??= await openSession(api, upload)
    const response = await sendAll(api, session, upload, isFresh)
    if (response.status < 300) return fileOf(response, api)
    upload.onSession(undefined)
    if (!isEndOfSession(response) || sessions === mostSessions)
      throw new Failure('upload_refused', { status: response.status, problem: textOf(response) })
    // Throws for a stream whose data is partly gone.
    await upload.source.part(0)
    session = undefined
  }
}

function isEndOfSession({ status }: HttpResponse): boolean {
  return status === 404 || status === 410
}

function textOf({ body }: HttpResponse): string {
  return body.toString('utf8', 0, 300).trim().replace(/\.$/, '') || 'it gave no reason'
}

async function openSession(api: GoogleApi, { target, source, onSession }: ResumableUpload): Promise<URL> {
  const bytes = source.bytes()
  const response = await callApi(api, {
    ...uploadRequest(api, target, 'resumable'),
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': 'application/octet-stream',
      ...(bytes === undefined ? {} : { 'x-upload-content-length': String(bytes) }),
    },
    body: Buffer.from(JSON.stringify(target.metadata)),
  })
  const session = sessionAt(response.headers.location, api)
  if (session === undefined)
    throw new Failure('invalid_answer', {
      host: api.root.host,
      problem: 'it returned no upload URL of its own',
    })
  onSession(session)
  return session
}

/**
 * Returns the request that starts an upload of either kind. It may be repeated: a new file has a single-use ID, an
 * existing file's content may be replaced twice, and unused sessions create no file.
 */
export function uploadRequest(
  api: GoogleApi,
  { replacedId }: UploadTarget,
  uploadType: 'multipart' | 'resumable',
): Pick<ApiRequest, 'method' | 'url' | 'repeat' | 'file'> {
  const path = `/upload/drive/v3/files${replacedId === undefined ? '' : `/${encodeURIComponent(replacedId)}`}`
  return {
    method: replacedId === undefined ? 'POST' : 'PATCH',
    url: apiUrl(api, path, { uploadType, fields: fileFields }),
    repeat: 'safe',
    file: replacedId,
  }
}

/** Returns a session's URL; undefined if content and token must not be sent there. */
export function sessionAt(location: string | undefined, { root }: GoogleApi): URL | undefined {
  const session = location !== undefined && URL.canParse(location, root.href) ? new URL(location, root) : undefined
  return session?.origin === root.origin ? session : undefined
}

/** Sends what Drive does not have yet, until its response is something other than "resume incomplete" (308). */
async function sendAll(
  api: GoogleApi,
  session: URL,
  { source, onProgress }: ResumableUpload,
  isFresh: boolean,
): Promise<HttpResponse> {
  const retries = retriesOf(api, { repeat: 'safe' })
  let stored = 0
  let isKnown = isFresh
  for (;;) {
    try {
      const response = isKnown
        ? await sendPart(api, session, source, { start: stored, onProgress })
        : await put(api, session, () => ({ range: '*', total: source.bytes() ?? '*' }))
      if (response.status !== 308) return response
      const now = storedBytes(response, source, api)
      if (isKnown && now <= stored) throw noProgress(api)
      if (now > stored) retries.progressed()
      stored = now
      isKnown = true
      onProgress(stored)
    } catch (error) {
      await retries.waitOrThrow(error)
      isKnown = false
    }
  }
}

async function sendPart(
  api: GoogleApi,
  session: URL,
  source: UploadSource,
  { start, onProgress }: { readonly start: number; readonly onProgress: (bytes: number) => void },
): Promise<HttpResponse> {
  return put(api, session, async () => {
    const part = await source.part(start)
    const total = source.bytes() ?? '*'
    if (part.length === 0) return { range: '*', total }
    return { range: `${start}-${start + part.length - 1}`, total, body: watched(part, start, onProgress) }
  })
}

/** The range and content of a request to a session. */
interface Put {
  readonly range: string
  readonly total: number | '*'
  readonly body?: StreamedBody
}

// 400: the request contradicts the stored data; 404 and 410: the session has expired; 499: it was cancelled.
const answersOfSession = [308, 400, 404, 410, 499]

/** Sends one request, and creates its body again if the token had to be renewed. */
async function put(api: GoogleApi, session: URL, make: () => Put | Promise<Put>): Promise<HttpResponse> {
  return withToken(api, async (token) => {
    const { range, total, body } = await make()
    const request: ApiRequest = {
      method: 'PUT',
      url: session,
      headers: { 'content-range': `bytes ${range}/${total}` },
      timeoutMs: transferTimeoutMs,
      repeat: 'safe',
      accepts: answersOfSession,
      ...(body === undefined ? {} : { body }),
    }
    return attemptCall(api, request, token)
  })
}

function watched({ length, pieces }: Part, start: number, onProgress: (bytes: number) => void): StreamedBody {
  async function* counted(): AsyncGenerator<Buffer> {
    let at = start
    for await (const piece of pieces) {
      yield piece
      onProgress((at += piece.length))
    }
  }
  return { length, pieces: counted() }
}

/** Returns how many bytes Drive has: the end of `Range`, or zero without it. @throws Failure `invalid_answer` */
function storedBytes({ headers }: HttpResponse, source: UploadSource, { root }: GoogleApi): number {
  const { range } = headers
  if (range === undefined) return 0
  const last = /^bytes=0-(\d{1,15})$/.exec(range)?.[1]
  const stored = Number(last) + 1
  const isWhole = stored === source.bytes()
  if (
    last === undefined ||
    stored > (source.bytes() ?? Number.POSITIVE_INFINITY) ||
    (stored % blockBytes > 0 && !isWhole)
  )
    throw new Failure('invalid_answer', { host: root.host, problem: `it has stored "${range}" of the upload` })
  return stored
}

// Ends the upload if it happens repeatedly.
function noProgress({ root }: GoogleApi): Failure {
  return new Failure('server_failed', { host: root.host, status: 308 })
}

/** Cancels a session, so that it cannot be used. Best effort: it expires by itself after a week. */
export async function cancelSession(api: GoogleApi, session: URL): Promise<void> {
  try {
    await callApi(api, { method: 'DELETE', url: session, repeat: 'refused', accepts: answersOfSession })
  } catch (error) {
    if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
  }
}
