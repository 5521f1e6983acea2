import { type Environment, nonEmpty } from '../core/environment.ts'
import { Failure } from '../failures/index.ts'
import { isLoopbackLiteral } from '../http/url-rule.ts'

/**
 * Returns the URL to pass to `pg`, which takes missing parts from the variables of libpq (PGHOST, PGUSER, …).
 * A database on another machine is reached with TLS and a verified certificate, unless the URL says
 * otherwise and plain text is allowed.
 * @param url as in `--store postgres:URL`; empty if only the variables name the database
 * @throws Failure `database_url_invalid`, `database_not_encrypted`
 */
export function connectionUrl(url: string, env: Environment, allowsPlainText: boolean): string {
  const parsed = parseUrl(url === '' ? 'postgres://' : url)
  const { searchParams } = parsed
  const host = searchParams.get('host') ?? nonEmpty(parsed.hostname) ?? nonEmpty(env['PGHOST']) ?? 'localhost'
  const isLocal = host.startsWith('/') || host === 'localhost' || isLoopbackLiteral(host)
  const mode = sslMode(parsed, env) ?? (isLocal ? 'disable' : 'verify-full')
  if (!modes.has(mode)) throw new Failure('database_url_invalid', { problem: `sslmode=${mode} is not supported` })
  if (mode === 'disable' && !isLocal && !allowsPlainText) throw new Failure('database_not_encrypted', { host })
  searchParams.delete('ssl')
  // The others mean this to pg 8, which warns that they will mean less.
  searchParams.set('sslmode', mode === 'disable' || mode === 'no-verify' ? mode : 'verify-full')
  return parsed.href
}

const modes: ReadonlySet<string> = new Set(['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'])

function sslMode({ searchParams }: URL, env: Environment): string | undefined {
  const ssl = searchParams.get('ssl')
  const word = ssl === 'true' || ssl === '1' ? 'verify-full' : ssl === 'false' || ssl === '0' ? 'disable' : ssl
  return searchParams.get('sslmode') ?? word ?? nonEmpty(env['PGSSLMODE'])
}

function parseUrl(url: string): URL {
  // Without its text: it may contain a password.
  if (!URL.canParse(url)) throw new Failure('database_url_invalid', { problem: 'it is not a URL' })
  const parsed = new URL(url)
  if (!/^postgres(?:ql)?:$/.test(parsed.protocol))
    throw new Failure('database_url_invalid', { problem: 'it must begin with postgresql://' })
  return parsed
}
