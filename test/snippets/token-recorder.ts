import type { IncomingMessage } from 'node:http'
import type { Emulator } from '../../src/emulator/index.ts'
import { decodeJwt, type RawAnswer, send } from '../emulator/raw-http.ts'
import { startHttpServer } from '../support/http-server.ts'

/** A token request as it was sent, with its response. */
export interface RecordedTokenRequest {
  readonly form: Readonly<Record<string, string>>
  /** The parts of its DPoP proof. */
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly status: number
  /** The nonce in the response. */
  readonly nonce: string | undefined
  readonly refreshToken: string | undefined
}

/** A token endpoint. */
export interface TokenRecorder {
  readonly tokenUri: string
  /** Returns the requests since the last call. */
  readonly taken: () => readonly RecordedTokenRequest[]
}

/** Starts a token endpoint that passes each request on to the emulator, and records what the emulator keeps secret. */
export async function startTokenRecorder(google: Emulator): Promise<TokenRecorder> {
  const requests: RecordedTokenRequest[] = []
  const origin = await startHttpServer((request, response, body) => {
    void forwarded(google, request, body).then(
      (answer) => {
        requests.push(recorded(request, body, answer))
        return response.writeHead(answer.status, answer.headers).end(answer.bytes)
      },
      () => response.destroy(),
    )
  })
  return { tokenUri: `${origin}/token`, taken: () => requests.splice(0) }
}

/** Sends a request to the emulator, with the Host that its proof names. */
async function forwarded(
  google: Emulator,
  { url = '', method = '', headers }: IncomingMessage,
  body: string,
): Promise<RawAnswer> {
  // Without compression, so that the tokens can be read.
  return await send(google.driveUrl + url, { method, headers: { ...headers, 'accept-encoding': 'identity' }, body })
}

function recorded(request: IncomingMessage, body: string, { status, headers, json }: RawAnswer): RecordedTokenRequest {
  const nonce = headers['dpop-nonce']
  return {
    form: Object.fromEntries(new URLSearchParams(body)),
    ...decodeJwt(String(request.headers['dpop'])),
    status,
    nonce: nonce === undefined ? undefined : String(nonce),
    refreshToken: (json as { refresh_token?: string } | undefined)?.refresh_token,
  }
}
