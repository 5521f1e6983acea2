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
 * Returns how a command waits for the keychain. It announces a keychain prompt immediately, even with `--quiet` or
 * `--json`, because the user may not see it.
 */
export function keychainWaiting({ signal, blocking, output }: Context): KeychainWaiting {
  return { signal, blocking, onPrompt: (sentence) => output.important(sentence) }
}

/** Returns the HTTP client of a command, with tracing. Pass another signal to replace Ctrl-C. */
export function httpOf({ env, output, signal }: Pick<Context, 'env' | 'output' | 'signal'>): Http {
  return createHttp({ userAgent: `gsa/${version}`, signal, trace: output.trace, env })
}

// Created with the first request, because that loads the HTTP modules. Most runs have a token and send nothing.
function lateHttp(create: () => Http): Http {
  let made: Http | undefined
  const http = (): Http => (made ??= create())
  return { send: (request) => http().send(request), open: (request) => http().open(request) }
}

/**
 * Returns the context to redeem a client's codes in this session. Without a storage, only the mark that the code was
 * sent is stored.
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
  if (purpose === 'create' && !(await prompt.secret('Repeat the passphrase:', flag)).equals(first))
    throw new Failure('passphrase_unusable', { problem: 'the two entries differ' })
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
