import { safeText } from '../../core/safe-to-print.ts'
import type { Secret } from '../../core/secret.ts'
import type { RedeemingContext } from '../../credentials/accept-tokens.ts'
import { memoryKeyCache } from '../../credentials/key-cache.ts'
import { type Announce, type Credentials, openCredentials } from '../../credentials/open-credentials.ts'
import { readSettings, type SettingOptions, type Settings } from '../../credentials/settings.ts'
import { Failure } from '../../failures/index.ts'
import { configDir } from '../../files/config-dir.ts'
import type { Trace } from '../../flows/event.ts'
import { flowLines } from '../../flows/flow-lines.ts'
import { createRedaction } from '../../flows/redaction.ts'
import { createHttp, type Http } from '../../http/request.ts'
import { isLoopbackLiteral } from '../../http/url-rule.ts'
import { newProofState } from '../../oauth/dpop-key.ts'
import type { KeychainWaiting } from '../../stores/keychain-store.ts'
import { readPassphrase } from '../../stores/passphrase-file.ts'
import type { Context } from '../../terminal/context.ts'
import type { Output } from '../../terminal/output.ts'
import { version } from '../../terminal/version.ts'

/** The options that every command takes. */
export type CommonOptions = SettingOptions

/** The settings, HTTP client and credentials of a command. */
export interface Session extends Credentials {
  readonly http: Http
  readonly settings: Settings
  /** Returns the same session with another store for new credentials. */
  withStore(store: string): Session
}

/**
 * Opens a session from flags and environment. Reads and sends nothing yet.
 * @throws Failure `url_not_allowed`, `store_unknown`, `usage`
 */
export function openSession(context: Context, options: CommonOptions): Session {
  warnOfPassword(context, '--store', options.store)
  return sessionWith(context, options, announcer(context.output))
}

/** Warns of a password in a database's URL on the command line, which other users of the machine can see. */
export function warnOfPassword({ output }: Context, flag: string, store: string | undefined): void {
  if (!/^postgres(?:ql)?:.*(?:\/\/[^/@]*:[^@]+@|[?&]password=)/.test(store ?? '')) return
  output.warn({
    message: `Other users of this machine can see the password in ${flag}.`,
    fix: 'Put it in PGPASSWORD instead.',
  })
}

function sessionWith(context: Context, options: CommonOptions, announce: Announce): Session {
  const { env, platform, output, defer, now, memory } = context
  const settings = readSettings(env, platform, options)
  const trace = traceOf(context)
  const http = lateHttp(() => httpWith(context, trace), trace)
  const credentials = openCredentials({
    settings,
    http,
    defer,
    now,
    memory,
    environmentItems: new Map(),
    env,
    configDir: settings.configDir,
    database: settings.database,
    openedDatabases: new Map(),
    passphrase: (purpose, store) => passphrase(context, settings, purpose, store),
    waiting: { ...keychainWaiting(context), onWait: output.note },
    announce,
  })
  return { ...credentials, http, settings, withStore: (store) => sessionWith(context, { ...options, store }, announce) }
}

/**
 * Returns how a command waits for the keychain. It announces a keychain prompt immediately, even with `--quiet` or
 * `--json`, because the user may not see it.
 */
export function keychainWaiting({ signal, blocking, output, env, platform }: Context): KeychainWaiting {
  return {
    signal,
    blocking,
    onPrompt: (sentence) => output.important(sentence),
    configDir: () => configDir(env, platform),
  }
}

/** Returns the HTTP client of a command, with tracing. Pass another signal to replace Ctrl-C. */
export function httpOf(context: Pick<Context, 'env' | 'output' | 'signal' | 'trace'>): Http {
  return httpWith(context, traceOf(context))
}

function httpWith({ env, signal }: Pick<Context, 'env' | 'signal'>, trace: Trace | undefined): Http {
  return createHttp({ userAgent: `gsa/${version}`, signal, trace, env })
}

/** Returns what receives the steps of a flow: the lines of `--debug`, the file of `--trace`, both, or nothing. */
function traceOf({ output, trace }: Pick<Context, 'output' | 'trace'>): Trace | undefined {
  const { trace: write } = output
  if (write === undefined) return trace
  const redaction = createRedaction()
  return (event, secrets = []) => {
    redaction.learn(secrets)
    for (const line of flowLines(event)) write(redaction.clean(line))
    trace?.(event, secrets)
  }
}

// Created with the first request, because that loads the HTTP modules. Most runs have a token and send nothing.
function lateHttp(create: () => Http, trace: Trace | undefined): Http {
  let made: Http | undefined
  const http = (): Http => (made ??= create())
  return { send: (request) => http().send(request), open: (request) => http().open(request), trace }
}

/**
 * Returns the context to redeem a client's codes in this session. Without a storage, only the mark that the code was
 * sent is stored.
 */
export function redeemingContext(
  { defer, now }: Context,
  { http, keyCache, storage, settings }: Session,
  parts: Pick<RedeemingContext, 'client' | 'server' | 'storage'>,
): RedeemingContext {
  return {
    http,
    keyCache: parts.storage === undefined ? memoryKeyCache() : keyCache,
    usedCodes: storage.usedCodes,
    defer,
    now,
    // A key that is stored nowhere would make the refresh token useless.
    dpop: settings.dpop && parts.storage !== undefined ? newProofState() : undefined,
    ...parts,
  }
}

// NIST SP 800-63B-4 section 3.1.1.2: a passphrase that nothing else supplements.
const shortestGoodPassphrase = 15

async function passphrase(
  { prompt, signal, output }: Context,
  { passphraseFile }: Settings,
  purpose: 'open' | 'create',
  store: string,
): Promise<Secret> {
  if (passphraseFile !== undefined) return readPassphrase(passphraseFile, store, { signal, onConcern: output.note })
  const flag = 'GSA_STORE_PASSPHRASE_FILE=FILE'
  const question = `${purpose === 'open' ? 'Passphrase of' : 'New passphrase for'} ${store.replace('file:', '')}:`
  const first = await prompt.secret(question, flag)
  if (first.reveal() === '') throw new Failure('passphrase_unusable', { problem: 'it is empty' })
  if (purpose === 'open') return first
  if (first.reveal().length < shortestGoodPassphrase)
    output.warn({
      message: 'This passphrase is short: anyone who gets a copy of the file can find it by trying.',
      fix: 'To choose another, such as four or five random words, press Ctrl-C and run the command again.',
    })
  if (!(await prompt.secret('Repeat the passphrase:', flag)).equals(first))
    throw new Failure('passphrase_unusable', { problem: 'the two entries differ' })
  return first
}

/** Returns a function that names each server once, and says once that it is not Google's. */
function announcer(output: Output): Announce {
  const named = new Set<string>()
  return (role, url) => {
    const { origin, hostname } = new URL(url)
    if (named.has(origin)) return
    const line = `${role}: ${url}${named.size === 0 ? ' (not Google)' : ''}`
    named.add(origin)
    const isHere = isLoopbackLiteral(hostname)
    // No secret fits in such an address.
    const hasNoSecret = isHere && (url === origin || url === `${origin}/`)
    output.notice(output.noteStyle.dim(safeText(line)), isHere, hasNoSecret)
  }
}
