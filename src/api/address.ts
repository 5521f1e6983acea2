import { Failure } from '../failures/index.ts'
import type { GoogleApi } from './call.ts'

const googleApis = '.googleapis.com'

/**
 * Returns the URL for user input: a path below the root, or a complete URL. Google's token only goes to Google's APIs,
 * and another server's token only to that server.
 * @throws Failure `api_address_foreign`
 */
export function addressOf({ root }: GoogleApi, meant: string): URL {
  const base = root.href.replace(/\/$/, '')
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(meant)
  const text = isWhole ? meant : `${base}/${meant.replace(/^\/+/, '')}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isGoogle = root.hostname.endsWith(googleApis)
  const isOurs =
    url !== undefined &&
    url.username === '' &&
    (url.origin === root.origin || (isGoogle && url.protocol === 'https:' && isGoogleApi(url)))
  if (!isOurs) throw new Failure('api_address_foreign', { url: meant, root: root.origin })
  return url
}

function isGoogleApi({ hostname, port }: URL): boolean {
  return hostname.endsWith(googleApis) && port === ''
}
