// Runs the built emulator, or that of another folder, in its own process. Prints its issuer, then answers every line
// with its memory use in bytes.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.argv[2] ?? join(import.meta.dirname, '../../..')
const { startEmulator } = await import(pathToFileURL(join(folder, 'dist/emulator.js')).href)

const { issuer } = await startEmulator()
process.stdout.write(`${issuer}\n`)
process.stdin
  .on('data', () => {
    const { rss, heapUsed } = process.memoryUsage()
    process.stdout.write(`${JSON.stringify({ rss, heapUsed })}\n`)
  })
  .on('end', () => process.exit())
