// Runs the built emulator in its own process. Prints its issuer, then answers every line with its memory use in bytes.
import { startEmulator } from '../../../dist/emulator.js'

const { issuer } = await startEmulator()
process.stdout.write(`${issuer}\n`)
process.stdin
  .on('data', () => {
    const { rss, heapUsed } = process.memoryUsage()
    process.stdout.write(`${JSON.stringify({ rss, heapUsed })}\n`)
  })
  .on('end', () => process.exit())
