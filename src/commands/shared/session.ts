import { safeText } from '../../core/safe-to-print.ts'
import type { Secret } from '../../core/secret.ts'
import type { RedeemingContext } from '../../credentials/accept-tokens.ts'
import { memoryKeyCache } from '../../credentials/key-cache.ts'
import { type Announce, type Credentials, openCredentials } from '../../credentials/open-credentials.ts'
import { readSettings, type SettingOptions, type Settings } from '../../credentials/settings.ts'
import { Failure } from '../../failures/index.ts'
import { createHttp, type Http } from '../../http/request.ts'
import { isLoopbackLiteral } from '../../http/url-rule.ts'
import type { KeychainWaiting } from '../../stores/keychain-store.ts'
import { readPassphrase } from '../../stores/passphrase-file.ts'
import type { Context } from '../../terminal/context.ts'
import type { Output } from '../../terminal/output.ts'
import { version } from '../../terminal/version.ts'

/** The options that every command takes. */
export type CommonOptions = SettingOptions

/** What a command works with. */
export interface Session extends Credentials {
  readonly http: Http
  readonly settings: Settings
  /** The same credentials with another store for what is new. */
  withStore(store: string): Session
}

/**
 * Opens a session of flags and environment. Nothing is read or sent yet.
 * @throws Failure `url_not_allowed`, `store_unknown`, `usage`
 */
export function openSession(context: Context, options: CommonOptions): Session {
  const { env, platform, output, defer, now, memory } = context
  const settings = readSettings(env, platform, options)
  const http = lateHttp(() => httpOf(context))
  const credentials = openCredentials({
    settings,
    http,
    defer,
    now,
    memory,
    environmentItems: new Map(),
    env,
    configDir: settings.configDir,
    passphrase: (purpose, store) => passphrase(context, settings, purpose, store),
    waiting: { ...keychainWaiting(context), onWait: output.note },
    announce: announcer(output),
  })
  return { ...credentials, http, settings, withStore: (store) => openSession(context, { ...options, store }) }
}

/**
 * Returns how a command waits for the keychain: a prompt that nobody sees is mentioned at once,
 * also with `--quiet` or `--json`.
 */
export function keychainWaiting({ signal, blocking, output }: Context): KeychainWaiting {
  return { signal, blocking, onPrompt: (sentence) => output.important(sentence) }
}

/** How a command talks to servers, with what the run says of that. A signal of one's own takes the place of Ctrl-C. */
export function httpOf({ env, output, signal }: Pick<Context, 'env' | 'output' | 'signal'>): Http {
  return createHttp({ userAgent: `gsa/${version}`, signal, trace: output.trace, env })
}

// Made with the first request, because making it loads what sends them: most runs have their
// token already and send none.
function lateHttp(create: () => Http): Http {
  let made: Http | undefined
  const http = (): Http => (made ??= create())
  return { send: (request) => http().send(request), open: (request) => http().open(request) }
}

/**
 * What it takes to redeem codes of a client in this session. Without a storage nothing is kept but the
 * mark that the code was sent.
 */
export function redeemingContext(
  { defer, now }: Context,
  { http, keyCache, storage }: Session,
  parts: Pick<RedeemingContext, 'client' | 'server' | 'storage'>,
): RedeemingContext {
  return {
    http,
    keyCache: parts.storage === undefined ? memoryKeyCache() : keyCache,
    usedCodes: storage.usedCodes,
    defer,
    now,
    ...parts,
  }
}

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
  if (purpose === 'create' && !(await prompt.secret('The same again:', flag)).equals(first))
    throw new Failure('passphrase_unusable', { problem: 'the two differ' })
  return first
}

function announcer(output: Output): Announce {
  const said = new Set<string>()
  return (role, url) => {
    const line = `${role}: ${url}`
    if (said.has(line)) return
    said.add(line)
    output.notice(output.noteStyle.dim(`${safeText(line)} (not Google)`), isLoopbackLiteral(new URL(url).hostname))
  }
}
