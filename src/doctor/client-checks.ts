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

/** The checks of the OAuth client and its file. */
export function clientChecks(accounts: readonly OpenAccount[]): readonly DoctorCheck[] {
  return [
    { name: 'client', title: 'There is an OAuth client', run: async (state) => findClient(state, accounts) },
    { name: 'client-file-mode', title: 'Only you can read the client file', needs: ['client'], run: modeCheck },
    {
      name: 'redirect-uris',
      title: 'Uses of the client',
      needs: ['client'],
      run: ({ client }) => useOf(known(client, 'the client')),
    },
  ]
}

/** Checks, without a browser, whether the authorization endpoint accepts requests of this client. */
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
    if (verdict === 'unknown') throw new NotAvailable('unknown: the response does not tell')
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
      detail: `The client id ${clientId} is not a Google client id. Those look like NUMBER-….apps.googleusercontent.com.`,
      fix: 'Compare it with the client IDs in the console (Google Auth Platform > Clients), and correct the file.',
    }
  const origin = settings.clientSecretsFile ?? 'a stored account'
  return `${type} client ${clientId}${project === undefined ? '' : `, project ${project}`}, from ${origin}`
}

function modeCheck({ settings: { clientSecretsFile: file }, platform }: DoctorState): string | Concern {
  if (file === undefined) throw new NotAvailable('there is no file; the client is stored with the account')
  if (platform === 'win32') throw new NotAvailable('Windows manages access rights differently')
  let mode: number
  try {
    mode = statSync(file).mode & 0o777
  } catch (error) {
    throw new Failure('client_secrets_unreadable', { file, problem: fileProblem(error) }, { cause: error })
  }
  if ((mode & 0o044) === 0) return `mode ${mode.toString(8).padStart(3, '0')}`
  return {
    detail: `Other users of this machine can read "${file}" (mode ${mode.toString(8).padStart(3, '0')}), which contains the client secret.`,
    fix: `Make it private: chmod 600 ${file}`,
  }
}

function useOf(client: OAuthClient): string {
  if (client.type === 'installed')
    return client.redirectUris.length === 0
      ? 'gsa login --device; not app codes, which need a "Web application" client'
      : 'gsa login, on any port of 127.0.0.1; not app codes, which need a "Web application" client'
  const loopback = loopbackRedirectUris(client)
  return loopback.length > 0
    ? `app codes (gsa exchange, gsa serve), and gsa login on ${loopback.join(', ')}`
    : 'app codes (gsa exchange, gsa serve); not gsa login, because no loopback redirect URI is registered'
}

/** Returns the redirect URI to check: one that `gsa login` uses, else the client's first. @throws NotAvailable */
function askedRedirectUri(client: OAuthClient): string {
  const [first] = client.redirectUris
  // "TVs and Limited Input devices" clients have none, and may not use any.
  if (first === undefined) throw new NotAvailable('the client has no redirect URI to check')
  return client.type === 'installed' ? 'http://127.0.0.1:8080/' : (loopbackRedirectUris(client)[0] ?? first)
}
