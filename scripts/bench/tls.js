import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { startProcess } from './start-process.js'

/** Puts TLS in front of an emulator. Returns its URL and the certificate to trust; undefined without openssl. */
export async function startTls({ port }, folder) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=gsa-bench -addext subjectAltName=IP:127.0.0.1'
  const made = spawnSync('openssl', [...request.split(' '), '-keyout', key, '-out', certificate])
  if (made.status !== 0) return undefined
  const front = startProcess('scripts/bench/processes/tls-front.js', String(port), key, certificate)
  return { url: `https://127.0.0.1:${await front.line()}`, certificate, stop: front.stop }
}
