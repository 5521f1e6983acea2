import { Failure } from '../failures/index.ts'

/**
 * Returns whether a host (as in `URL.hostname`) is a loopback literal: 127.0.0.0/8 or [::1]. Names such as localhost
 * are not.
 */
export function isLoopbackLiteral(hostname: string): boolean {
  return hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/**
 * Checks every URL that credentials may be sent to: https, or http on a loopback literal; no user name in it.
 * @param name the URL's name in the message: an environment variable, a flag, a member of a discovery document
 * @throws Failure `url_not_allowed`
 */
export function allowedUrl(name: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const problem =
    url === undefined
      ? 'which is not a URL'
      : url.username !== '' || url.password !== ''
        ? 'which has a user name in it'
        : url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackLiteral(url.hostname))
          ? undefined
          : 'which is neither https nor http on a loopback address'
  if (url === undefined || problem !== undefined)
    throw new Failure('url_not_allowed', { name, url: value, problem: problem! })
  return url
}
