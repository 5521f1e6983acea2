import type { Socket } from 'node:net'

/** Sockets that the preload sends elsewhere. */
interface Redirection {
  readonly hosts: readonly string[]
  /** The port of the front on 127.0.0.1. */
  readonly port: number
  /** Sends every TLS connection to the front, which refuses other hosts. */
  readonly offline: boolean
}

/**
 * Returns the value of NODE_OPTIONS with a script that sends connections to Google's hosts to the front, whatever HTTP
 * client makes them. Only Node 24 and later read HTTPS_PROXY, and many libraries never do. The script is in the value,
 * because a missing file would keep every later Node.js program of a shell from starting.
 */
export function nodePreload(redirection: Redirection): string {
  const script = `import { Socket } from 'node:net';(${redirect.toString()})(Socket.prototype, ${JSON.stringify(redirection)})`
  // NODE_OPTIONS ends a value at a blank.
  return `--import data:text/javascript,${encodeURIComponent(script).replaceAll("'", '%27')}`
}

/** Runs in the other program: it can use nothing but its arguments. */
function redirect(prototype: Pick<Socket, 'connect'>, { hosts, port, offline }: Redirection): void {
  const { connect } = prototype
  const isLocal = /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/
  prototype.connect = function redirected(this: Socket, ...sent: readonly unknown[]): Socket {
    // node:net passes its own calls on with the arguments in a list.
    const list = Array.isArray(sent[0]) ? (sent[0] as unknown[]) : undefined
    const given = list ?? sent
    const [first, second] = given
    const options: Readonly<Record<string, unknown>> =
      typeof first === 'object' && first !== null ? { ...first } : { port: first, host: second }
    const host = typeof options['host'] === 'string' ? options['host'].toLowerCase() : 'localhost'
    const isTls = Number(options['port']) === 443
    if (isTls && (hosts.includes(host) || (offline && !isLocal.test(host)))) {
      const changed = { ...options, host: '127.0.0.1', port }
      if (list === undefined) {
        const callback = sent.find((argument) => typeof argument === 'function')
        return Reflect.apply(connect, this, [changed, callback]) as Socket
      }
      list[0] = changed
    }
    return Reflect.apply(connect, this, sent) as Socket
  }
}
