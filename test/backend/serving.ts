import type { JsonObject } from '../../src/core/json.ts'
import { postForm, type RawAnswer } from '../emulator/raw-http.ts'
import type { Gsa, Run, RunOptions } from '../support/harness.ts'

/** A running `gsa serve`. */
export interface Serving {
  readonly url: string
  readonly port: number
  /** Its output when it started to listen. */
  readonly place: JsonObject
  /** Sends fields as an app does: a form, with the guides' header. */
  readonly post: (fields: Record<string, string> | string, headers?: Record<string, string>) => Promise<RawAnswer>
}

/** Runs `gsa serve` on a free port during some work, and stops it with Ctrl-C. */
export async function serving(
  gsa: Gsa,
  args: readonly string[],
  work: (serving: Serving) => Promise<unknown>,
  options: RunOptions = {},
): Promise<Run> {
  return gsa.run('serve', '--port', '0', '--json', ...args, {
    ...options,
    meanwhile: [
      /"certificate":.*\}\n$/,
      async (screen) => {
        const place = JSON.parse(screen.split('\n').find((line) => line.startsWith('{')) ?? '') as JsonObject
        const url = place['url'] as string
        const post: Serving['post'] = async (fields, headers) => postCode(url, fields, headers)
        await work({ url, port: place['port'] as number, place, post })
      },
    ],
  })
}

/** Sends fields to an address as an app does: a form, with the guides' header. */
export async function postCode(
  url: string,
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return postForm(url, fields, { 'x-requested-with': 'XMLHttpRequest', ...headers })
}
