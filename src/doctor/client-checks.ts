import { statSync } from 'node:fs'
import { loadCredential } from '../accounts/locate-credential.ts'
import type { OpenAccount } from '../credentials/open-credentials.ts'
import { Failure, fileProblem } from '../failures/index.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { projectNumber } from '../oauth/project-number.ts'
import { loopbackRedirectUris } from '../oauth/redirect-uri.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import { type DoctorCheck, type DoctorState, known } from './doctor-state.ts'
import { registrationRequest, registrationVerdict } from './registration.ts'

/** The OAuth client: its file, what it can be used for, and whether the server knows it. */
export function clientChecks(accounts: readonly OpenAccount[]): readonly DoctorCheck[] {
  return [
    { name: 'client', title: 'There is an OAuth client', run: async (state) => findClient(state, accounts) },
    { name: 'client-file-mode', title: 'The client file is for your eyes only', needs: ['client'], run: modeCheck },
    {
      name: 'redirect-uris',
      title: 'What the client can be used for',
      needs: ['client'],
      run: ({ client }) => useOf(known(client, 'the client')),
    },
  ]
}

/** Asks the authorization endpoint, without a browser, whether it would take a request of this client. */
export const registrationCheck: DoctorCheck = {
  name: 'registration',
  title: 'The server knows the client and its redirect URI',
  needs: ['client', 'server'],
  sends: true,
  run: async ({ client, server, http }) => {
    const { clientId } = known(client, 'the client')
    const redirectUri = askedRedirectUri(known(client, 'the client'))
    const url = registrationRequest(known(server, 'the server'), clientId, redirectUri)
    const verdict = registrationVerdict(await http.send({ method: 'GET', url }), { url, clientId, redirectUri })
    if (verdict === 'unknown')
      throw new NotAvailable('unknown: the server answered in a way that says neither yes nor no')
    if (verdict !== 'known') throw verdict
    return `${redirectUri} is accepted`
  },
}

async function findClient(state: DoctorState, [first]: readonly OpenAccount[]): Promise<string | Concern> {
  const { credentials, settings } = state
  if (settings.clientSecretsFile === undefined && first === undefined) {
    const { causeText, fix } = new Failure('client_secrets_missing', { usesEmulator: settings.usesEmulator })
    throw new NotAvailable(causeText, fix)
  }
  state.client =
    settings.clientSecretsFile === undefined && first !== undefined
      ? (await loadCredential(first.refreshing.storage, first.account)).client
      : await credentials.client()
  const { clientId, type } = state.client
  const project = projectNumber(clientId)
  if (project === undefined && state.issuer === googleIssuer)
    return {
      detail: `The client id ${clientId} is not one of Google's, which are NUMBER-….apps.googleusercontent.com.`,
      fix: 'Download the JSON of the client from the console again.',
    }
  const origin = settings.clientSecretsFile ?? 'a stored account'
  return `${type} client ${clientId}${project === undefined ? '' : `, project ${project}`}, from ${origin}`
}

function modeCheck({ settings: { clientSecretsFile: file }, platform }: DoctorState): string | Concern {
  if (file === undefined) throw new NotAvailable('there is no file; the client is kept with the account')
  if (platform === 'win32') throw new NotAvailable('Windows keeps access rights in another way')
  let mode: number
  try {
    mode = statSync(file).mode & 0o777
  } catch (error) {
    throw new Failure('client_secrets_unreadable', { file, problem: fileProblem(error) }, { cause: error })
  }
  if ((mode & 0o044) === 0) return `mode ${mode.toString(8).padStart(3, '0')}`
  return {
    detail: `Other users of this machine can read "${file}" (mode ${mode.toString(8).padStart(3, '0')}), and the client secret is in it.`,
    fix: `Take that away from them: chmod 600 ${file}`,
  }
}

function useOf(client: OAuthClient): string {
  if (client.type === 'installed')
    return client.redirectUris.length === 0
      ? 'gsa login --device; not codes of apps, which need a web client'
      : 'gsa login, through any port of 127.0.0.1; not codes of apps, which need a web client'
  const loopback = loopbackRedirectUris(client)
  return loopback.length > 0
    ? `codes of apps (gsa exchange, gsa serve), and gsa login through ${loopback.join(', ')}`
    : 'codes of apps (gsa exchange, gsa serve); not gsa login, for which no redirect URI of this machine is registered'
}

/** The redirect URI to ask with: one that `gsa login` would use, else the first of the client. @throws NotAvailable */
function askedRedirectUri(client: OAuthClient): string {
  const [first] = client.redirectUris
  // The files of TVs and Limited Input devices have none, and those may use none.
  if (first === undefined) throw new NotAvailable('the client has no redirect URI to ask with')
  return client.type === 'installed' ? 'http://127.0.0.1:8080/' : (loopbackRedirectUris(client)[0] ?? first)
}
