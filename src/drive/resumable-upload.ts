import { type ApiRequest, apiUrl, attemptCall, callApi, type GoogleApi, retriesOf, withToken } from '../api/call.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { HttpResponse, StreamedBody } from '../http/request.ts'
import { type DriveFile, fileFields, fileOf } from './app-folder.ts'
import { blockBytes, type Part, type UploadSource } from './upload-source.ts'

/** What becomes of the content. */
export interface UploadTarget {
  /** The metadata of the file. For a new one, with an `id` that makes it safe to ask twice. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** The file whose content is replaced; undefined for a new one. */
  readonly replacedId: string | undefined
}

/** A resumable upload on its way. */
export interface ResumableUpload {
  readonly target: UploadTarget
  readonly source: UploadSource
  /** The address of a session that was opened before; it is all that it takes to write to it. */
  readonly session: URL | undefined
  /** Told the address of a new session before anything is sent to it; undefined when there is none any more. */
  readonly onSession: (session: URL | undefined) => void
  /** Told how many bytes Drive has, or has been sent. */
  readonly onProgress: (bytes: number) => void
}

// The next bytes may take long to leave on a slow line, and the last ones to be stored.
const transferTimeoutMs = 60_000
// Sessions end after a week at the latest; one that ends again and again is something else.
const mostSessions = 5

/**
 * Uploads in parts (Drive guide, manage uploads, resumable): goes on from what Drive says it has, never from what was
 * sent, and asks after every fault.
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
    // Throws for a stream of which something is gone.
    await upload.source.part(0)
    session = undefined
  }
}

function isEndOfSession({ status }: HttpResponse): boolean {
  return status === 404 || status === 410
}

function textOf({ body }: HttpResponse): string {
  return body.toString('utf8', 0, 300).trim().replace(/\.$/, '') || 'it did not say why'
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
      problem: 'it gave no address of its own for the upload',
    })
  onSession(session)
  return session
}

/**
 * The request that begins an upload, of either kind. It may be sent again: a new file has an id that works once, the
 * content of an old one may be replaced twice, and sessions that nobody writes to make no file.
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

/** The address of a session; undefined where content and token may not go there. */
export function sessionAt(location: string | undefined, { root }: GoogleApi): URL | undefined {
  const session = location !== undefined && URL.canParse(location, root.href) ? new URL(location, root) : undefined
  return session?.origin === root.origin ? session : undefined
}

/** Sends what Drive does not have yet, until it answers something else than "go on". */
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

/** What a request to a session says and holds. */
interface Put {
  readonly range: string
  readonly total: number | '*'
  readonly body?: StreamedBody
}

// 400: what was sent contradicts what is stored; 404 and 410: the session has ended; 499: it was cancelled.
const answersOfSession = [308, 400, 404, 410, 499]

/** One attempt, whose body is made anew where the token had to be renewed. */
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

/** How much Drive has: the end of `Range`, and nothing without it. @throws Failure `invalid_answer` */
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

// Ends the upload if it happens again and again.
function noProgress({ root }: GoogleApi): Failure {
  return new Failure('server_failed', { host: root.host, status: 308 })
}

/** Ends a session, so that nothing can be made of it. Best effort: it ends by itself after a week. */
export async function cancelSession(api: GoogleApi, session: URL): Promise<void> {
  try {
    await callApi(api, { method: 'DELETE', url: session, repeat: 'refused', accepts: answersOfSession })
  } catch (error) {
    if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
  }
}
