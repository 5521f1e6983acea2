// openid-client 5, unmodified: reads the callback that is its argument, and prints what it says about it.
import { Issuer } from 'openid-client'

const { Client } = await Issuer.discover(`http://${process.env.GSA_EMULATOR_HOST}`)
const client = new Client({ client_id: 'any', client_secret: 'any' })
const address = process.argv[2]
const parameters = client.callbackParams(address)
await client.callback(address, parameters, { state: parameters.state }).catch((error) => {
  console.log(error.error ?? error.message)
})
