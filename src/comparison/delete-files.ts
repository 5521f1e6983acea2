import { parseJsonObject } from '../core/json.ts'
import { Failure, Secret } from '../failures/index.ts'
import type { Http, HttpResponse } from '../http/request.ts'
import { addressOf, type Side } from './side.ts'

/**
 * Deletes the files that a comparison has created, also those whose creation had no response.
 * @returns their name, if some may be left
 */
export async function deleteFiles(side: Side, http: Http): Promise<string | undefined> {
  const access = side.values.get('access')
  const wasCreating = [...side.responses.keys()].some((name) => /^drive-(?:create|multipart|resumable)/.test(name))
  if (access === undefined || !wasCreating) return undefined
  const name = `gsa-compare-${side.values.get('run') ?? ''}`
  const headers = { authorization: new Secret(`Bearer ${access}`) }
  const files = addressOf(side.server, 'www', '/drive/v3/files')
  const send = async (method: 'GET' | 'DELETE', url: URL): Promise<HttpResponse | undefined> => {
    try {
      return await http.send({ method, url, headers, retries: 2 })
    } catch (error) {
      if (error instanceof Failure) return undefined
      throw error
    }
  }
  const list = new URL(files)
  list.search = String(new URLSearchParams({ spaces: 'appDataFolder', q: `name = '${name}'`, fields: 'files(id)' }))
  const listed = await send('GET', list)
  const found = parseJsonObject(listed?.body ?? Buffer.of())?.['files']
  for (const file of Array.isArray(found) ? (found as readonly unknown[]) : []) {
    const { id } = (file ?? {}) as { readonly id?: unknown }
    if (typeof id === 'string') side.files.add(id)
  }
  for (const id of side.files) {
    const deleted = await send('DELETE', new URL(`${files.href}/${encodeURIComponent(id)}`))
    if (deleted !== undefined && (deleted.status < 300 || deleted.status === 404)) side.files.delete(id)
  }
  return side.files.size > 0 || listed === undefined || listed.status >= 429 ? name : undefined
}
