// Puts TLS in front of a local server: tls-front.js PORT KEY CERTIFICATE; prints its own port.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

const [port, key, certificate] = process.argv.slice(2)

const front = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (client) => {
  const server = connect(Number(port), '127.0.0.1')
  client.pipe(server).pipe(client)
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
})
front.listen(0, '127.0.0.1', () => process.stdout.write(`${front.address().port}\n`))
