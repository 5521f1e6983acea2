import type { Emulator } from '../../src/emulator/index.ts'
import { bearer, type RawAnswer, send, sendJson, signIn } from './raw-http.ts'
import { test as base } from './with-google.ts'

/** A minimal Drive client of one signed-in account. */
export function driveOf(google: Emulator, accessToken: string) {
  const headers = bearer(accessToken)
  const root = `${google.issuer}/drive/v3`
  const upload = `${google.issuer}/upload/drive/v3/files`
  const query = (parameters: Record<string, string>): string => new URLSearchParams(parameters).toString()
  return {
    headers,
    get: async (path: string, parameters: Record<string, string> = {}, more = {}) =>
      await send(`${root}/${path}?${query(parameters)}`, { headers: { ...headers, ...more } }),
    list: async (parameters: Record<string, string> = {}) =>
      await send(`${root}/files?${query({ spaces: 'appDataFolder', ...parameters })}`, { headers }),
    create: async (metadata: unknown, parameters: Record<string, string> = {}) =>
      await sendJson(`${root}/files?${query(parameters)}`, metadata, { headers }),
    update: async (id: string, metadata: unknown, parameters: Record<string, string> = {}) =>
      await sendJson(`${root}/files/${id}?${query(parameters)}`, metadata, { method: 'PATCH', headers }),
    copy: async (id: string, metadata: unknown) => await sendJson(`${root}/files/${id}/copy`, metadata, { headers }),
    remove: async (id: string) => await send(`${root}/files/${id}`, { method: 'DELETE', headers }),
    multipart: async (
      metadata: unknown,
      content: Buffer | string,
      options: { id?: string; fields?: string; type?: string } = {},
    ) => {
      const boundary = 'a boundary'
      const body = Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`,
        ),
        Buffer.from(`--${boundary}\r\nContent-Type: ${options.type ?? 'text/plain'}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ])
      const parameters = query({ uploadType: 'multipart', ...(options.fields && { fields: options.fields }) })
      return await send(`${upload}${options.id ? `/${options.id}` : ''}?${parameters}`, {
        method: options.id ? 'PATCH' : 'POST',
        headers: { ...headers, 'content-type': `multipart/related; boundary="${boundary}"` },
        body,
      })
    },
    media: async (id: string, content: Buffer | string, type = 'text/plain') =>
      await send(`${upload}/${id}?uploadType=media`, {
        method: 'PATCH',
        headers: { ...headers, 'content-type': type },
        body: content,
      }),
  }
}
export type Drive = ReturnType<typeof driveOf>

/** Gives each test a Drive client of a fresh mobile sign-in. */
export const test = base.extend<{ drive: Drive }>({
  drive: async ({ google }, use) => {
    await use(driveOf(google, (await signIn(google)).access_token))
  },
})

export const inAppData = { parents: ['appDataFolder'] }
/** Creates a file and returns its id. */
export const put = async (drive: Drive, name: string, content: Buffer | string = name): Promise<string> =>
  (await drive.multipart({ name, ...inAppData }, content)).json.id
export const names = (answer: RawAnswer): string[] => answer.json.files.map((file: { name: string }) => file.name)
