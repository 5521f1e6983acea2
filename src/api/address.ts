import { Failure } from '../failures/index.ts'
import type { GoogleApi } from './call.ts'

const googleApis = '.googleapis.com'

/**
 * The address that a person means: a path below the root, or a whole address. The token of Google goes to Google's APIs
 * only, and that of another server to no other one.
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
