import { setImmediate as nextTurn } from 'node:timers/promises'
import { type JsonObject, stringMember } from '../core/json.ts'
import { Failure } from '../failures/index.ts'
import { getJson, type GoogleApi } from './call.ts'

/**
 * Yields the pages of a list while the next one is already being fetched. Stops after a page that satisfies `isEnough`.
 * @throws what {@link getJson} throws, and Failure `invalid_answer` for a list that loops
 */
export async function* pages(
  api: GoogleApi,
  list: URL,
  isEnough: (page: JsonObject) => boolean = () => false,
): AsyncGenerator<JsonObject> {
  const left = new AbortController()
  const fetched = async (pageToken: string | undefined): Promise<JsonObject> =>
    getJson(api, { url: withPageToken(list, pageToken), signal: left.signal })
  try {
    let pageToken: string | undefined
    let next: Promise<JsonObject> | undefined = fetched(undefined)
    while (next !== undefined) {
      const page: JsonObject = await next
      const following = isEnough(page) ? undefined : nextToken(page, pageToken, api)
      pageToken = following
      next = following === undefined ? undefined : fetched(following)
      // The rejection surfaces when it is awaited.
      next?.catch(() => undefined)
      // The request is sent in the next turn of the event loop; processing this page first would delay it.
      if (next !== undefined) await nextTurn()
      yield page
    }
  } finally {
    left.abort()
  }
}

function withPageToken(list: URL, pageToken: string | undefined): URL {
  const url = new URL(list)
  if (pageToken !== undefined) url.searchParams.set('pageToken', pageToken)
  return url
}

function nextToken(page: JsonObject, current: string | undefined, { root }: GoogleApi): string | undefined {
  const next = stringMember(page, 'nextPageToken')
  if (next !== undefined && (next === '' || next === current))
    throw new Failure('invalid_answer', { host: root.host, problem: 'its list loops' })
  return next
}
