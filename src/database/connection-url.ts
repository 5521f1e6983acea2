import { type Environment, nonEmpty } from '../core/environment.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Failure } from '../failures/index.ts'
import { isLoopbackLiteral } from '../http/url-rule.ts'

/**
 * Returns the URL to pass to `pg`, with the parts that it lacks from the variables of libpq in `env`. A database on
 * another machine is reached with TLS and a verified certificate, unless the URL says otherwise and plain text is
 * allowed.
 * @param url as in `--store postgres:URL`; empty if only the variables name the database
 * @throws Failure `database_url_invalid`, `database_not_encrypted`
 */
export function connectionUrl(url: string, env: Environment, allowsPlainText: boolean): string {
  const parsed = parseUrl(url === '' ? 'postgres://' : url)
  const { searchParams } = parsed
  const host =
    searchParams.get('host') ?? nonEmpty(decodeURIComponent(parsed.hostname)) ?? nonEmpty(env['PGHOST']) ?? 'localhost'
  const isLocal = host.startsWith('/') || host === 'localhost' || isLoopbackLiteral(host)
  const mode = sslMode(parsed, env) ?? (isLocal ? 'disable' : 'verify-full')
  if (!modes.has(mode))
    throw new Failure('database_url_invalid', {
      problem: `sslmode=${mode} is none of ${[...modes].join(', ')}`,
    })
  if (mode === 'disable' && !isLocal && !allowsPlainText) throw new Failure('database_not_encrypted', { host })
  // pg would take them from this process's environment, which may name another host than the one that was checked.
  addMissing(parsed, 'host', parsed.hostname, host)
  addMissing(parsed, 'port', parsed.port, nonEmpty(env['PGPORT']) ?? '5432')
  const port = searchParams.get('port') ?? parsed.port
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Failure('database_url_invalid', { problem: `${safeText(port.slice(0, 20))} is not a port` })
  addMissing(parsed, 'user', parsed.username, nonEmpty(env['PGUSER']))
  addMissing(parsed, 'password', parsed.password, nonEmpty(env['PGPASSWORD']))
  if (parsed.pathname.length < 2) parsed.pathname = `/${encodeURIComponent(env['PGDATABASE'] ?? '')}`
  searchParams.delete('ssl')
  // The others mean this to pg 8, which warns that they will mean less.
  searchParams.set('sslmode', mode === 'disable' || mode === 'no-verify' ? mode : 'verify-full')
  return parsed.href
}

// Mutable: adds a parameter to the URL, which overrides nothing.
function addMissing({ searchParams }: URL, name: string, own: string, value: string | undefined): void {
  if (own === '' && !searchParams.has(name) && value !== undefined) searchParams.set(name, value)
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
  // pg uses the last one, and others the first: what was checked must be what is used.
  const names = [...parsed.searchParams.keys()]
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Failure('database_url_invalid', { problem: `it has ${safeText(twice)} twice` })
  if (!/^postgres(?:ql)?:$/.test(parsed.protocol))
    throw new Failure('database_url_invalid', { problem: 'it must begin with postgresql://' })
  return parsed
}
