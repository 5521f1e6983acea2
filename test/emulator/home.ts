import type { Emulator } from '../../src/emulator/index.ts'
import { postForm, type RawAnswer, send } from './raw-http.ts'

/** Opens the page at `/`, or another address of the emulator. */
export const open = async (google: Emulator, path = '/'): Promise<RawAnswer> => await send(google.issuer + path)

/** Returns the text of one section of a page, without markup. */
export async function section(google: Emulator, id: string, path = '/'): Promise<string> {
  const { body } = await open(google, path)
  const html = new RegExp(`<section id="${id}">([\\s\\S]*?)</section>`).exec(body)?.[1] ?? ''
  return textOf(html)
}

/** Returns the text of HTML, without markup. */
export function textOf(html: string): string {
  return html
    .replace(/<\/?(?:bdi|wbr)>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Presses a button as a browser does: with the page's origin. */
export async function press(
  google: Emulator,
  action: string,
  fields: Record<string, string> | string = {},
): Promise<RawAnswer> {
  return await postForm(`${google.issuer}/emulator/page/${action}`, fields, { origin: google.issuer })
}
