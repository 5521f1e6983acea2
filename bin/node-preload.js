// For `node --require`: sends connections to Google's hosts to the emulator that GSA_IMPERSONATION describes, whatever
// HTTP client makes them. Only Node 24 and later read HTTPS_PROXY, and many libraries never do. The file stays when the
// emulator stops: a missing one would keep every later Node.js program of a shell from starting. An ES module would
// change how Node loads the program.
const { isIPv6, Socket } = require('node:net')

const { hosts = [], local = [], port, proxy, offline = false } = JSON.parse(process.env.GSA_IMPERSONATION ?? '{}')
const connect = Reflect.get(Socket.prototype, 'connect')
const isLocal = (host) => local.includes(host) || /^(?:127\.[\d.]+|\[::1\])$/.test(host)

/** Lets the proxy refuse a connection and name it; the program gets the proxy's sentence. */
const refuse = (socket, authority) => {
  // Queues what the program writes meanwhile.
  socket.connecting = true
  let answer = ''
  const asked = new Socket()
  asked.setEncoding('latin1').on('data', (text) => {
    answer += text
  })
  asked.on('error', () => undefined)
  asked.on('close', () => {
    const refused = new Error(answer.split('\r\n\r\n')[1]?.trim() || `gsa emulator: ${authority} is not reachable`)
    socket.destroy(Object.assign(refused, { code: 'ECONNREFUSED' }))
  })
  Reflect.apply(connect, asked, [{ host: '127.0.0.1', port: proxy }])
  asked.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  return socket
}

if (port !== undefined)
  Socket.prototype.connect = function redirected(...sent) {
    // node:net passes its own calls on with the arguments in a list.
    const list = Array.isArray(sent[0]) ? sent[0] : undefined
    const [first, second] = list ?? sent
    const options = typeof first === 'object' && first !== null ? first : { port: first, host: second }
    // No host means this machine, and a path a local socket.
    const host = String(options.host ?? 'localhost')
      .toLowerCase()
      .replace(/\.$/, '')
    const isGoogles = hosts.includes(host)
    if (typeof options.path === 'string' || !(isGoogles || (offline && !isLocal(host))))
      return Reflect.apply(connect, this, sent)
    const isTls = Number(options.port) === 443
    if (!isGoogles || !isTls) return refuse(this, `${isIPv6(host) ? `[${host}]` : host}:${options.port}`)
    const changed = { ...options, host: '127.0.0.1', port }
    if (list === undefined) {
      const callback = sent.find((argument) => typeof argument === 'function')
      return Reflect.apply(connect, this, [changed, callback])
    }
    list[0] = changed
    return Reflect.apply(connect, this, sent)
  }
