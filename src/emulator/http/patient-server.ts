import type { RequestListener, Server } from 'node:http'

// Importing node:http as an ES module loads undici on Node 22 and later, which costs more than the whole emulator.
const http = process.getBuiltinModule('node:http')

/** Creates an HTTP server for clients that pause between requests or upload for long. */
export function createPatientServer(listener: RequestListener): Server {
  const server = http.createServer(listener)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return
    const isTooLong = error.code === 'HPE_HEADER_OVERFLOW'
    const status = isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request'
    const reason = isTooLong ? `its headers are longer than ${http.maxHeaderSize / 1024} KB` : error.message
    const body = `The emulator cannot read this request: ${reason}.\n`
    const head = ['connection: close', 'content-type: text/plain; charset=utf-8', `content-length: ${body.length}`]
    socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${body}`)
  })
  // Longer than any of our clients keeps a connection: closing one between two requests looks like a network fault.
  server.keepAliveTimeout = 60_000
  // An upload may take longer than the five minutes that Node allows a request.
  server.requestTimeout = 0
  return server
}
