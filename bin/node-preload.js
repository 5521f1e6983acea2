// For `node --require`: sends connections to Google's hosts to the emulator that GSA_IMPERSONATION describes, whatever
// HTTP client makes them. Only Node 24 and later read HTTPS_PROXY, and many libraries never do. The file stays when the
// emulator stops: a missing one would keep every later Node.js program of a shell from starting. An ES module would
// change how Node loads the program.
const { Socket } = require('node:net')

const { hosts = [], port, offline = false } = JSON.parse(process.env.GSA_IMPERSONATION ?? '{}')
const connect = Reflect.get(Socket.prototype, 'connect')
const isLocal = (host) => /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/.test(host)

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
    const isTls = Number(options.port) === 443
    if (typeof options.path === 'string' || !(hosts.includes(host) ? isTls : offline && !isLocal(host)))
      return Reflect.apply(connect, this, sent)
    if (!isTls) {
      const refused = new Error(`gsa emulator: ${host} is not reachable with --offline`)
      process.nextTick(() => this.destroy(Object.assign(refused, { code: 'ECONNREFUSED' })))
      return this
    }
    const changed = { ...options, host: '127.0.0.1', port }
    if (list === undefined) {
      const callback = sent.find((argument) => typeof argument === 'function')
      return Reflect.apply(connect, this, [changed, callback])
    }
    list[0] = changed
    return Reflect.apply(connect, this, sent)
  }
