// Runs the built emulator in place of Google's hosts. Prints a JSON line with its address, a token and its proxy, then
// answers every line with its peak memory in bytes.
import { signIn } from '../google.js'
import { startEmulator } from '../../../dist/emulator.js'

const google = await startEmulator({ impersonate: { environment: {} } })
const { access_token: accessToken } = await signIn({ issuer: google.driveUrl }, 'ada@example.com')
const { driveUrl: address, proxy } = google
process.stdout.write(`${JSON.stringify({ address, accessToken, proxy })}\n`)
process.stdin
  .on('data', () => {
    process.stdout.write(`${JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024 })}\n`)
  })
  .on('end', () => process.exit())
