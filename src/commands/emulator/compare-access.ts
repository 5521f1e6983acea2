import type { Account } from '../../accounts/account-index.ts'
import { loadCredential } from '../../accounts/locate-credential.ts'
import type { Access, ComparedServer } from '../../comparison/side.ts'
import { parseJsonObject, stringMember } from '../../core/json.ts'
import type { OpenAccount } from '../../credentials/open-credentials.ts'
import { refresh } from '../../credentials/refresh.ts'
import { Failure, isFailure } from '../../failures/index.ts'
import type { Http, HttpResponse } from '../../http/request.ts'
import { googleIssuer, isSameIssuer } from '../../oauth/authorization-server.ts'
import type { Context } from '../../terminal/context.ts'
import { type CommonOptions, httpOf, openSession } from '../shared/session.ts'
import { controlHeaders } from './running-emulator.ts'

/**
 * Returns the stored accounts of two servers, each undefined if none is stored.
 * @throws Failure `usage` if --account chooses one that neither server has; `account_ambiguous` and others
 */
export async function storedAccounts(
  context: Context,
  options: CommonOptions,
  issuers: readonly [string, string],
): Promise<readonly [OpenAccount | undefined, OpenAccount | undefined]> {
  const [target, other] = [
    await storedAccount(context, options, issuers[0]),
    await storedAccount(context, options, issuers[1]),
  ]
  if (options.account !== undefined && target === undefined && other === undefined)
    throw new Failure('usage', {
      problem: `"${options.account}" is not stored for ${issuers.join(' or ')}. To see the stored accounts: gsa accounts`,
      command: 'gsa emulator compare',
    })
  return [target, other]
}

// The last one: the client secrets file is an emulator's, and the server is Google.
const noAccount = ['nothing_stored', 'client_secrets_missing', 'client_secrets_foreign_endpoint'] as const

async function storedAccount(
  context: Context,
  options: CommonOptions,
  issuer: string,
): Promise<OpenAccount | undefined> {
  const usual = openSession(context, options).settings
  // The token of the environment belongs to one server only.
  const isOther = usual.refreshToken !== undefined && !isSameIssuer(usual.issuer ?? googleIssuer, issuer)
  if (isOther) return undefined
  try {
    return await openSession(context, { ...options, issuer }).account()
  } catch (error) {
    if (noAccount.some((code) => isFailure(error, code))) return undefined
    throw error
  }
}

/** Returns the access of a stored account; undefined if there is none, or if its refresh tokens work once only. */
async function storedAccess(opened: OpenAccount | undefined): Promise<Access | undefined> {
  if (opened === undefined || opened.account.rotatesRefreshTokens) return undefined
  const { account, refreshing } = opened
  const { client, refreshToken } = await loadCredential(refreshing.storage, account)
  if (refreshToken === undefined) return undefined
  // Refuses a server that must not get the client's secret.
  await refreshing.server()
  return {
    values: { clientId: client.clientId, clientSecret: client.clientSecret.reveal(), refresh: refreshToken.reveal() },
    refresh: () => refreshResponse(opened),
  }
}

/** Refreshes and stores what comes back. Returns the response of the server, whatever gsa thinks of it. */
async function refreshResponse({ account, refreshing }: OpenAccount): Promise<HttpResponse> {
  let response: HttpResponse | undefined
  const server = await refreshing.server()
  const http: Http = {
    ...refreshing.http,
    async send(request) {
      const received = await refreshing.http.send(request)
      if (request.url.href === server.tokenEndpoint.href) response ??= received
      return received
    },
  }
  try {
    await refresh({ ...refreshing, http }, account)
  } catch (error) {
    if (response === undefined || isFailure(error, 'interrupted')) throw error
  }
  if (response === undefined) throw new Error('a refresh sent nothing')
  return response
}

/**
 * Returns the access to a running emulator, from its control API; undefined if the server has none.
 * @param like the stored account of the other server: the code is for the same scopes and the same kind of account
 */
async function emulatorAccess(context: Context, url: URL, like: Account | undefined): Promise<Access | undefined> {
  const send = await controlApi(context, url)
  const { clients } = await send('GET', 'clients')
  const client = Array.isArray(clients)
    ? (clients as readonly Readonly<Record<string, unknown>>[]).find(({ type }) => type === 'web')
    : undefined
  if (client === undefined) return undefined
  const [clientId, clientSecret] = [stringMember(client, 'clientId'), stringMember(client, 'clientSecret')]
  const request = { platform: 'web-popup', clientId, forceRefreshToken: true }
  const alike = {
    ...request,
    ...(like !== undefined && like.grantedScopes.length > 0 && { scopes: like.grantedScopes }),
    ...(typeof like?.claims?.['hd'] === 'string' && { account: 'grace@corp.example' }),
  }
  const codeFor = async (body: object): Promise<string | undefined> =>
    stringMember(await send('POST', 'codes', Buffer.from(JSON.stringify(body))), 'code')
  // Another server's scopes may not exist at Google.
  const code = (await codeFor(alike)) ?? (await codeFor(request))
  if (clientId === undefined || clientSecret === undefined || code === undefined)
    throw new Failure('invalid_answer', { host: url.host, problem: 'its control API created no code' })
  return { values: { clientId, clientSecret, code } }
}

type Members = Readonly<Record<string, unknown>>

/**
 * Returns a function that sends requests to the control API of a server, if it has one; a refused request has no
 * members. The control token is sent only after an emulator asks for it.
 */
async function controlApi(
  context: Context,
  origin: URL,
): Promise<(method: 'GET' | 'POST', name: string, body?: Buffer) => Promise<Members>> {
  const http = httpOf(context)
  const urlOf = (name: string): URL => new URL(`/emulator/v1/${name}`, origin)
  const first = await http.send({ method: 'GET', url: urlOf('clients') })
  const asks = first.status === 401 && first.body.includes('CONTROL_TOKEN')
  const headers = asks ? controlHeaders(context) : {}
  return async (method, name, body) => {
    const response = await http.send({ method, url: urlOf(name), headers, ...(body !== undefined && { body }) })
    if (response.status === 401 && asks)
      context.output.note(`To compare ${origin.host} with codes of its own, set GSA_EMULATOR_CONTROL_TOKEN.`)
    return response.status === 200 ? (parseJsonObject(response.body) ?? {}) : {}
  }
}

/** Returns a server to compare: its access is an emulator's, otherwise that of the stored account. */
export function comparedServer(
  context: Context,
  url: URL | undefined,
  stored: OpenAccount | undefined,
  like: Account | undefined,
): ComparedServer {
  return {
    name: url === undefined ? 'google' : url.href.replace(/\/$/, ''),
    url,
    access: async () =>
      (url === undefined ? undefined : await emulatorAccess(context, url, like)) ?? storedAccess(stored),
  }
}
