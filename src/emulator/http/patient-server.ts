import type { RequestListener, Server } from 'node:http'

// Importing node:http as an ES module loads undici on Node 22 and later, which costs more than the whole emulator.
const http = process.getBuiltinModule('node:http')

/** Creates an HTTP server for clients that pause between requests or upload for long. */
export function createPatientServer(listener: RequestListener): Server {
  const server = http.createServer(listener)
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  // Longer than any of our clients keeps a connection: closing one between two requests looks like a network fault.
  server.keepAliveTimeout = 60_000
  // An upload may take longer than the five minutes that Node allows a request.
  server.requestTimeout = 0
  return server
}
