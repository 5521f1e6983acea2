// dpop, unmodified: polls with the device code that is its first argument, refreshes, and prints what it gets. It
// chooses jti itself, so it cannot exchange the authorization code that is its second argument.
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'

const endpoint = `http://${process.env.GSA_EMULATOR_HOST}/token`
const [, , device_code, code] = process.argv
const project = '100000000001'
const clientOf = (type) => ({
  client_id: `${project}-${type}.apps.googleusercontent.com`,
  client_secret: `GOCSPX-emulator-${type}`,
})
const keys = await generateKeyPair('ES256')

/** Sends a token request with a proof, and a second time if the proof needs a nonce. */
const request = async (form, nonce) => {
  const dpop = await generateProof(keys, endpoint, 'POST', nonce)
  const answer = await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form), headers: { dpop } })
  const result = await answer.json()
  if (nonce !== undefined || result.error !== 'use_dpop_nonce') return result
  console.log('nonce demanded')
  return await request(form, answer.headers.get('dpop-nonce'))
}

const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const { refresh_token, token_type } = await request({ ...clientOf('tv'), grant_type, device_code })
console.log('signed in:', token_type)
for (let round = 0; round < 2; round++) {
  const refreshed = await request({ ...clientOf('tv'), grant_type: 'refresh_token', refresh_token })
  console.log('refreshed:', refreshed.access_token !== undefined)
}
const exchange = { ...clientOf('web'), grant_type: 'authorization_code', code, redirect_uri: '' }
console.log('by code:', (await request(exchange)).error_description)
console.log('thumbprint:', await calculateThumbprint(keys.publicKey))
