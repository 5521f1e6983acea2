import { describe, expect, test } from 'vitest'
import { googleApi, type GoogleApi } from '../../src/api/call.ts'
import { pages } from '../../src/api/pages.ts'
import { Secret } from '../../src/core/secret.ts'
import type { HttpResponse } from '../../src/http/request.ts'
import { fakeHttp } from '../fuzz/fake-http.ts'

const list = new URL('https://www.googleapis.com/drive/v3/files?pageSize=2')

const answer = (body: object): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})
const threePages = [
  answer({ files: [1, 2], nextPageToken: 'a' }),
  answer({ files: [3, 4], nextPageToken: 'b' }),
  answer({ files: [5] }),
]

function apiWith(answers: readonly HttpResponse[]): { api: GoogleApi; sent: () => string[] } {
  const http = fakeHttp(answers)
  const token = Promise.resolve(new Secret('token'))
  const tokens = { current: () => token, renewed: () => token }
  const { signal } = new AbortController()
  return {
    api: googleApi({ http, root: new URL(list.origin), tokens, signal }),
    sent: () => http.sent.map(({ url }) => url.search),
  }
}

describe('the pages of a list', () => {
  test('are requested one ahead of the one being read', async () => {
    const { api, sent } = apiWith(threePages)
    const seen: number[] = []
    for await (const _ of pages(api, list)) seen.push(sent().length)
    expect(seen).toEqual([2, 3, 3])
    expect(sent()).toEqual(['?pageSize=2', '?pageSize=2&pageToken=a', '?pageSize=2&pageToken=b'])
  })

  test('stop when there are enough, without another request', async () => {
    const { api, sent } = apiWith(threePages)
    let count = 0
    for await (const _ of pages(api, list, () => ++count === 2)) continue
    expect(sent()).toHaveLength(2)
  })

  test('abort the pending request when the reader stops', async () => {
    const http = fakeHttp(threePages)
    const { api } = apiWith([])
    for await (const _ of pages({ ...api, http }, list)) break
    expect(http.sent.map(({ signal }) => signal?.aborted)).toEqual([true, true])
  })

  test('fail when a page points to itself', async () => {
    const { api } = apiWith([answer({ files: [], nextPageToken: 'a' })])
    const read = async (): Promise<void> => {
      for await (const _ of pages(api, list)) continue
    }
    await expect(read()).rejects.toMatchObject({ code: 'invalid_answer' })
  })
})
