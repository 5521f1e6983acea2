import { setImmediate as nextTurn } from 'node:timers/promises'
import { type JsonObject, stringMember } from '../core/json.ts'
import { Failure } from '../failures/index.ts'
import { getJson, type GoogleApi } from './call.ts'

/**
 * The pages of a list, while the next one is already on its way. A page that `isEnough` is the last one.
 * @throws what {@link getJson} throws, and Failure `invalid_answer` for a list that goes round in a circle
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
      // Heard when its turn comes.
      next?.catch(() => undefined)
      // A request leaves with the next turn of the event loop, and what is done with this page would keep it from that.
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
    throw new Failure('invalid_answer', { host: root.host, problem: 'its list goes round in a circle' })
  return next
}
