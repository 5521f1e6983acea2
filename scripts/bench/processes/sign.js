// Signs as many texts of an ID token's length as it can. Reads jobs { seconds, concurrency } and prints { count,
// seconds }.
import { generateKeyPairSync, sign } from 'node:crypto'
import { createInterface } from 'node:readline'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const text = Buffer.alloc(700, 'a')

async function signOnce() {
  await new Promise((resolve, reject) => {
    sign('sha256', text, privateKey, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const { seconds, concurrency } = JSON.parse(line)
  const started = performance.now()
  const end = started + seconds * 1000
  let count = 0
  const signers = Array.from({ length: concurrency }, async () => {
    while (performance.now() < end) {
      await signOnce()
      count++
    }
  })
  await Promise.all(signers)
  process.stdout.write(`${JSON.stringify({ count, seconds: (performance.now() - started) / 1000 })}\n`)
}
