// The built emulator in a process of its own. Says where it listens, then answers every line with
// the memory it uses, in bytes.
import { startEmulator } from '../../../dist/emulator.js'

const { issuer } = await startEmulator()
process.stdout.write(`${issuer}\n`)
process.stdin
  .on('data', () => {
    const { rss, heapUsed } = process.memoryUsage()
    process.stdout.write(`${JSON.stringify({ rss, heapUsed })}\n`)
  })
  .on('end', () => process.exit())
