import { connect, type Socket } from 'node:net'

/** The data received over one connection, and how it ended. */
export interface Conversation {
  readonly received: string
  /** `silent`: nothing came for a while, so the client hung up. */
  readonly end: 'closed' | 'silent' | 'refused'
}

const silenceMs = 3000

/**
 * Sends pieces over one connection to 127.0.0.1, with a pause after each, and listens until the other side hangs up.
 * `thenStop` ends our side and keeps listening.
 */
export async function converse(
  port: number,
  pieces: readonly (string | Buffer)[],
  options: {
    readonly pauseMs?: number
    readonly silenceMs?: number
    readonly thenHangUp?: boolean
    readonly thenStop?: boolean
  } = {},
): Promise<Conversation> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: sourceAddress() })
    let received = ''
    let end: Conversation['end'] = 'closed'
    socket.setTimeout(options.silenceMs ?? silenceMs, () => {
      end = 'silent'
      socket.destroy()
    })
    socket
      .on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') end = 'refused'
      })
      .on('close', () => resolve({ received, end }))
      .on('connect', () => void speak(socket, pieces, options))
  })
}

async function speak(
  socket: Socket,
  pieces: readonly (string | Buffer)[],
  { pauseMs = 0, thenHangUp = false, thenStop = false }: { pauseMs?: number; thenHangUp?: boolean; thenStop?: boolean },
): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  if (thenHangUp) socket.destroy()
  if (thenStop) socket.end()
}

/** Returns the status codes of the responses in a conversation. */
export function statusesOf({ received }: Conversation): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
}

/** Returns a GET request as text. */
export function getRequest(target: string, host: string, headers = ''): string {
  return `GET ${target} HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n`
}

let conversations = 0

/** Returns a connection's source address: there are many, because one runs out of ports after some ten thousand. */
export function sourceAddress(): string {
  return `127.0.0.${2 + (conversations++ % 250)}`
}
