import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { createCertificateAuthority } from '../../src/core/certificate-authority.ts'
import { root } from './built-gsa.ts'
import { freePort } from './free-port.ts'
import { postgresPrograms } from './system-parts.ts'

/** How a server of tests differs from the default. */
export interface PostgresOptions {
  /** Names and addresses in the server's certificate. Default: localhost and 127.0.0.1. */
  readonly hosts?: readonly string[]
  /** Lines of postgresql.conf that replace the default ones: `{ log_statement: 'none' }`. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** A part of the address of a database. */
interface AddressOptions {
  /** Default: postgres, who may do everything. */
  readonly user?: string
  readonly password?: string
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Parameters of the URL, such as sslmode and sslrootcert. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A role that must log in with its password. */
interface PasswordRole {
  readonly user: string
  readonly password: string
}

/** A PostgreSQL server with its own data, for tests. */
export interface Postgres {
  readonly port: number
  /** The folder of the Unix socket. */
  readonly socketFolder: string
  /** PEM file: the authority that signed the server's certificate. */
  readonly caFile: string
  /** The fingerprint of that authority: SHA-256, hexadecimal, with colons. */
  readonly fingerprint: string
  /** The address of the database `postgres`, for a user who may do everything. */
  readonly adminUrl: string
  /** The process id of the server, or undefined while it is stopped. */
  readonly pid: () => number | undefined
  /** Returns the address of a database. */
  readonly url: (database: string, options?: AddressOptions) => string
  /** Creates an empty database with a name of its own. */
  createDatabase(): Promise<{ readonly name: string; readonly url: string }>
  /** Creates a role that must log in with its password (SCRAM). All others get in without one. */
  createPasswordRole(): Promise<PasswordRole>
  /** Runs SQL as a user who may do everything, and returns the rows. Default: in the database `postgres`. */
  query(sql: string, database?: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Stops the server in an orderly way (`fast`) or as if it crashed (`immediate`), and starts it again. */
  restart(how: StopMode): Promise<void>
  /** Stops the server, which keeps its data and port. Default: `fast`. */
  stop(how?: StopMode): Promise<void>
  /** Starts the server after {@link stop}. */
  start(): Promise<void>
  /** Ends all connections of clients but those of `query`, and returns how many there were. */
  cutConnections(): Promise<number>
  /** Makes each transaction read-only, also on open connections, as on a standby server. */
  makeReadOnly(on: boolean): Promise<void>
  /** Returns what pg_dump writes. bytea is in hexadecimal. */
  dump(database: string): Promise<string>
  /** Returns the log, with each statement and its parameters. */
  log(): string
  /** Stops the server and deletes its data. This happens too when the test process ends, even if it is killed. */
  end(): Promise<void>
}

/** `immediate` is what a crash does: the next start recovers from the write-ahead log. */
type StopMode = 'fast' | 'immediate'

/** The folder of a server before its first start. */
interface PreparedFolder extends Pick<Postgres, 'port' | 'caFile' | 'fingerprint'> {
  readonly folder: string
}

/** The connections of this file, which {@link Postgres.cutConnections} spares. */
const ownName = 'tests'

const dayMs = 24 * 60 * 60_000

/** Starts a server, which has its own folder and port. It takes about two seconds. */
export async function startPostgres(options?: PostgresOptions): Promise<Postgres> {
  const { folder, port, caFile, fingerprint } = await preparePostgres(options)
  const supervisor = supervise(folder)
  let pid: number | undefined
  const start = async (): Promise<void> => {
    const reply = await supervisor.tell('start')
    if (!/^\d+$/.test(reply)) {
      const log = readFileSync(join(folder, 'log'), 'utf8')
      await supervisor.end()
      throw new Error(`PostgreSQL does not start: ${log.slice(-2000)}`)
    }
    pid = Number(reply)
  }
  const stop = async (how: StopMode = 'fast'): Promise<void> => {
    await supervisor.tell(how)
    pid = undefined
  }
  const url: Postgres['url'] = (database, { user = 'postgres', password, host = '127.0.0.1', parameters } = {}) => {
    const address = new URL(`postgres://${host}:${port}/${database}`)
    address.username = user
    if (password !== undefined) address.password = password
    for (const [name, value] of Object.entries(parameters ?? {})) address.searchParams.set(name, value)
    return address.href
  }
  const query: Postgres['query'] = async (sql, database = 'postgres') => {
    const client = new Client({ host: folder, port, user: 'postgres', database, application_name: ownName })
    // The query fails, too.
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  await start()
  await query('create role password_roles')
  return {
    port,
    socketFolder: folder,
    caFile,
    fingerprint,
    adminUrl: url('postgres'),
    pid: () => pid,
    url,
    async createDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`
      await query(`create database ${name}`)
      return { name, url: url(name) }
    },
    async createPasswordRole() {
      const [user, password] = [`role_${randomBytes(6).toString('hex')}`, randomBytes(12).toString('hex')]
      await query(`create role ${user} login password '${password}' in role password_roles`)
      return { user, password }
    },
    query,
    async restart(how) {
      await stop(how)
      await start()
    },
    stop,
    start,
    async cutConnections() {
      // Materialized: otherwise the order of the conditions is open, and each backend could be ended.
      const rows = await query(`with clients as materialized (
          select pid from pg_stat_activity where backend_type = 'client backend' and application_name <> '${ownName}'
        ) select pg_terminate_backend(pid, 10000) from clients`)
      return rows.length
    },
    async makeReadOnly(on) {
      const value = on ? 'on' : 'off'
      await query(`alter system set default_transaction_read_only = ${value}`)
      await query('select pg_reload_conf()')
      // The server tells its open connections before it accepts one with the new value.
      const shown = async (): Promise<unknown> =>
        (await query('show default_transaction_read_only'))[0]?.['default_transaction_read_only']
      while ((await shown()) !== value) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async dump(database) {
      const argv = ['--host', folder, '--port', String(port), '--username', 'postgres', database]
      const { stdout } = await promisify(execFile)(join(postgresPrograms ?? '', 'pg_dump'), argv, {
        env: {},
        maxBuffer: Infinity,
      })
      return stdout
    },
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    end: async () => supervisor.end(),
  }
}

/** Runs a server in a folder, with test/support/postgres.sh. */
function supervise(folder: string): { tell(command: string): Promise<string>; end(): Promise<void> } {
  // In a session of its own: Ctrl-C stops only the tests, which closes its input.
  const child = spawn(join(root, 'test/support/postgres.sh'), [postgresPrograms ?? '', folder], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  // An input that nobody reads any more: the missing answer says so.
  child.stdin.on('error', () => undefined)
  const replies = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async tell(command) {
      child.stdin.write(`${command}\n`)
      const { value } = await replies.next()
      return String(value)
    },
    async end() {
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Creates the folder of a server, with its settings and its certificate. */
export async function preparePostgres({
  hosts = ['localhost', '127.0.0.1'],
  settings = {},
}: PostgresOptions = {}): Promise<PreparedFolder> {
  // Not below TMPDIR: a socket's path has at most 107 bytes.
  const folder = mkdtempSync('/tmp/gsa-postgres-')
  const port = await freePort()
  const nowMs = Date.now()
  const authority = createCertificateAuthority({
    name: 'PostgreSQL of the tests',
    hosts,
    notBeforeMs: nowMs - dayMs,
    notAfterMs: nowMs + dayMs,
  })
  const { certificate, key } = authority.issue('PostgreSQL', hosts)
  const path = (name: string): string => join(folder, name)
  writeFileSync(path('ca.pem'), authority.certificate.toString())
  writeFileSync(path('server.pem'), certificate.toString())
  writeFileSync(path('server.key'), key, { mode: 0o600 })
  const lines = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    hba_file: path('pg_hba.conf'),
    ssl: 'on',
    ssl_cert_file: path('server.pem'),
    ssl_key_file: path('server.key'),
    port,
    max_connections: 200,
    shared_buffers: '16MB',
    log_statement: 'all',
    ...settings,
  }
  const quoted = Object.entries(lines).map(([name, value]) =>
    typeof value === 'number' ? `${name} = ${value}\n` : `${name} = '${value}'\n`,
  )
  writeFileSync(path('postgresql.conf'), quoted.join(''))
  writeFileSync(
    path('pg_hba.conf'),
    `local all all trust
host all +password_roles 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
`,
  )
  // Other users may connect, and check the certificate.
  chmodSync(folder, 0o755)
  if (process.geteuid?.() === 0) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])))
    for (const file of [folder, path('server.key')]) chownSync(file, uid ?? 0, gid ?? 0)
  }
  return { folder, port, caFile: path('ca.pem'), fingerprint: authority.certificate.fingerprint256 }
}
