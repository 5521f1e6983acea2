// oauth4webapi, unmodified: reads the callback that is its argument, and prints what it says about it.
import * as oauth from 'oauth4webapi'

const issuer = new URL(`http://${process.env.GSA_EMULATOR_HOST}`)
const http = { [oauth.allowInsecureRequests]: true }
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http))
try {
  oauth.validateAuthResponse(server, { client_id: 'any' }, new URL(process.argv[2]), oauth.skipStateCheck)
} catch (error) {
  console.log(error.error ?? error.message)
}
