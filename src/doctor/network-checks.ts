import { Failure, isFailure } from '../failures/index.ts'
import { proxyFor } from '../http/proxy.ts'
import { answeredAtMs } from '../http/answer-times.ts'
import type { HttpResponse } from '../http/request.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import { freshServerJwks } from '../oauth/jwks.ts'
import { type Concern, NotAvailable } from './checklist.ts'
import { concernOf, type DoctorCheck, type DoctorState, known } from './doctor-state.ts'

/** The checks of the connection to each server, and of the clock. */
export const networkChecks: readonly DoctorCheck[] = [
  {
    name: 'server',
    title: "The authorization server's endpoints are known",
    // Google's are built in.
    sends: true,
    run: async (state) => {
      state.server = await state.credentials.server({ issuer: state.issuer })
      return state.issuer === googleIssuer
        ? `${state.issuer}, built in`
        : `${state.issuer}, from its discovery document`
    },
  },
  {
    name: 'authorization-host',
    title: 'The authorization endpoint can be reached',
    needs: ['server'],
    sends: true,
    run: async (state) => (await reach(state, known(state.server, 'the server').authorizationEndpoint)).found,
  },
  {
    name: 'token-host',
    title: 'The token endpoint can be reached',
    needs: ['server'],
    sends: true,
    run: tokenHostCheck,
  },
  {
    name: 'keys-host',
    title: 'The ID token keys can be fetched',
    needs: ['server'],
    sends: true,
    run: async (state) => {
      const server = known(state.server, 'the server')
      const { keys } = await freshServerJwks({
        http: state.http,
        server,
        keyCache: state.credentials.keyCache,
        now: state.now,
      })
      return `${keys.length} keys, ${wayTo(server.jwksUri, state)}`
    },
  },
  {
    name: 'drive-host',
    title: 'Drive can be reached',
    sends: true,
    run: async (state) => {
      const root = driveRoot(state)
      return root instanceof URL ? (await reach(state, new URL('/drive/v3/about', root))).found : root
    },
  },
  { name: 'clock', title: 'The clock is right', needs: ['token-host'], sends: true, run: clockCheck },
]

const timeoutMs = 10_000

/** Sends a request. Any response proves that DNS, the connection, the proxy and the certificate work. */
async function reach(
  { http, env }: DoctorState,
  url: URL,
): Promise<{ readonly answer: HttpResponse; readonly found: string | Concern }> {
  const answer = await http.send({ method: 'GET', url, timeoutMs })
  const { status } = answer
  const found = status < 500 ? wayTo(url, { env }) : concernOf(new Failure('server_failed', { host: url.host, status }))
  return { answer, found }
}

/**
 * Returns the host and how requests reach it. Shows a proxy without the user name and password of its URL.
 */
function wayTo(url: URL, { env }: Pick<DoctorState, 'env'>): string {
  const proxy = proxyFor(url, env)
  return `${url.host} ${proxy === undefined ? 'without a proxy' : `through the proxy ${proxy.protocol}//${proxy.host}`}`
}

function driveRoot({ credentials, issuer }: DoctorState): URL | Concern {
  try {
    return credentials.driveUrl({ issuer })
  } catch (error) {
    if (isFailure(error, 'drive_url_needed')) return concernOf(error)
    throw error
  }
}

async function tokenHostCheck(state: DoctorState): Promise<string | Concern> {
  const sentAt = state.now()
  const { answer, found } = await reach(state, known(state.server, 'the server').tokenEndpoint)
  const answeredAt = answeredAtMs(answer)
  // The header truncates to whole seconds: on average, it is half a second behind the server's clock.
  if (answeredAt !== undefined) state.clockAheadSeconds = ((sentAt + state.now()) / 2 - (answeredAt + 500)) / 1000
  return found
}

const noticeableSkewSeconds = 60
const harmfulSkewSeconds = 300

function clockCheck({ clockAheadSeconds, server }: DoctorState): string | Concern {
  const { host } = known(server, 'the server').tokenEndpoint
  if (clockAheadSeconds === undefined) throw new NotAvailable(`${host} does not report its time`)
  const seconds = Math.round(clockAheadSeconds)
  if (Math.abs(seconds) > harmfulSkewSeconds) throw new Failure('clock_wrong', { host, seconds })
  if (Math.abs(seconds) <= noticeableSkewSeconds)
    return Math.abs(seconds) < 2 ? `same as ${host}` : `${sided(seconds)} ${host}`
  return {
    detail: `The clock of this machine is ${sided(seconds)} ${host}. If they differ by more than ${noticeableSkewSeconds} seconds, valid ID tokens may be refused.`,
    fix: new Failure('clock_wrong', { host, seconds }).fix,
  }
}

function sided(seconds: number): string {
  return `${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'}`
}
