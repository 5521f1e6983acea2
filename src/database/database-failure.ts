import { safeText } from '../core/safe-to-print.ts'
import { Failure, masked } from '../failures/index.ts'

interface DatabaseError extends Error {
  /** An SQLSTATE of PostgreSQL, or an error code of Node.js. */
  readonly code?: string
  readonly syscall?: string
}

// Appendix A of PostgreSQL's documentation. The server ended the connection, or is starting or stopping.
const lostStates: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P05', '53300'])
const lostCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
// Messages of pg that have no code.
const lostMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Client was closed)/
// Another transaction was in the way: the same work succeeds when it is repeated.
const collisions: ReadonlySet<string> = new Set(['40001', '40P01'])

/** Returns whether the same work may succeed on another connection, a moment later. */
export function isPassing(error: unknown): boolean {
  const { code = '', message } = error as DatabaseError
  if (isFileProblem(error)) return false
  if (code.startsWith('08') || lostStates.has(code) || lostCodes.has(code) || collisions.has(code)) return true
  // Node.js tries several addresses of a name at once.
  if (error instanceof AggregateError) return error.errors.every(isPassing)
  return lostMessages.test(message)
}

/** Returns whether a file cannot be read: that of a certificate or key, which will not be there a moment later. */
function isFileProblem(error: unknown): boolean {
  const { syscall, code } = error as DatabaseError
  return syscall === 'open' || code === 'EISDIR'
}

/** Returns whether the database has no tables of gsa, or not all of them. */
export function isMissingSchema(error: unknown): boolean {
  return ['3F000', '42P01'].includes(sqlStateOf(error))
}

/** Returns the SQLSTATE of an error of pg, or of the failure that it became; empty if it has none. */
export function sqlStateOf(error: unknown): string {
  const cause = (error instanceof Failure ? error.cause : error) as DatabaseError | undefined
  return cause?.code ?? ''
}

/** Returns the failure for an error of pg; other errors, which are bugs, as they are. */
export function databaseFailure(error: unknown, name: string): unknown {
  if (error instanceof Failure) return error
  const database = name === 'postgres:' ? 'that the PG… variables name' : name
  const { code = '' } = error as DatabaseError
  const problem = problemOf(error)
  const cause = { cause: error }
  // The file of a certificate or key.
  if (isFileProblem(error)) return new Failure('database_tls_failed', { database, problem }, cause)
  if (/password must be a string/.test(problem))
    return new Failure('database_refused', { database, problem: 'it asks for a password, and there is none' }, cause)
  if (isMissingSchema(error)) return new Failure('store_schema_missing', { database }, cause)
  if (isPassing(error)) return new Failure('database_unreachable', { database, problem }, cause)
  if (code.startsWith('28') || code === '3D000') return new Failure('database_refused', { database, problem }, cause)
  if (code === '42501') return new Failure('database_not_permitted', { database, problem }, cause)
  if (code === '25006') return new Failure('database_read_only', { database }, cause)
  if (['53100', '53200', '53400'].includes(code)) return new Failure('database_full', { database, problem }, cause)
  if (isTlsCode(code) || /SSL|certificate|TLS/i.test(problem))
    return new Failure('database_tls_failed', { database, problem }, cause)
  if (/after calling end on the pool/.test(problem))
    return new Failure('database_unreachable', { database, problem: 'the program has ended its pool' }, cause)
  if (/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code) || /password|SASL|SCRAM/.test(problem))
    return new Failure('database_failed', { database, problem }, cause)
  return error
}

function isTlsCode(code: string): boolean {
  return code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || /CERT|SIGNATURE|ISSUER/.test(code)
}

/** Returns the message of an error of pg, in one line and without secrets. */
function problemOf(error: unknown): string {
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  const { message, code } = one as DatabaseError
  const text = message === '' ? (code ?? 'an unknown error') : message
  return safeText(masked(text.split('\n', 1)[0] ?? ''))
    .replace(/\.$/, '')
    .slice(0, 300)
}
