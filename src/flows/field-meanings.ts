import type { FlowField } from './flow.ts'

const meanings: Readonly<Record<string, string>> = {
  access_token: 'Allows requests to APIs until it expires.',
  access_type: 'offline asks for a refresh token.',
  at_hash: 'The hash of the access token that came with this ID token.',
  aud: 'The client that the token was issued for.',
  auth_time: 'When the user signed in.',
  authorization: 'The access token, as a bearer token.',
  azp: "The client that asked for it: the app's, if an app got the code.",
  client_id: 'Your client, as in the Google Cloud console.',
  client_secret: 'Proves that the request comes from your client.',
  code: 'The one-time code. Each code works once.',
  code_challenge: 'The hash of the code verifier (PKCE).',
  code_challenge_method: 'How the challenge was made: S256.',
  code_verifier: 'Proves that this program started the login (PKCE).',
  device_code: 'Identifies this login when gsa polls.',
  dpop: 'Proves that gsa holds the key that the refresh token is bound to.',
  'dpop-nonce': 'The next proof must contain it.',
  email: "The account's email address. It can change: the account's key is sub.",
  email_verified: 'Whether Google has verified the address.',
  error: 'Why the request was refused.',
  error_description: 'More about it, for developers.',
  error_subtype: "Google's reason in more detail.",
  exp: 'When it expires.',
  expires_in: 'The lifetime of the access token, in seconds.',
  grant_type: 'What is exchanged for tokens.',
  hd: "The Workspace domain of the user's account.",
  htm: 'The method of the request that the proof is for.',
  htu: 'The address of the request that the proof is for.',
  iat: 'When it was issued.',
  id_token: 'A signed statement of who the user is.',
  interval: 'The pause between two polls, in seconds.',
  iss: 'The server that issued it.',
  issuer: 'The name of the server, which iss in its tokens must equal.',
  jti: 'An identifier that is used once.',
  jwk: "The public key; the proof's signature is verified with it.",
  jwks_uri: 'Where the signing keys are.',
  login_hint: 'The account to suggest to the user.',
  nonce: 'Ties the token to this request.',
  prompt: 'consent asks the user again, to get a new refresh token.',
  redirect_uri: 'Must equal the one in the authorization request.',
  refresh_token: 'Gets new access tokens without the user. Store it safely.',
  refresh_token_expires_in: 'The lifetime of the refresh token, in seconds. Google sends it for limited access only.',
  response_type: 'code asks for a one-time code.',
  scope: 'What the tokens allow.',
  spaces: 'appDataFolder names the folder that only this app sees.',
  state: 'Ties the response to this request.',
  sub: "The account's key. It never changes.",
  token: 'The token to revoke.',
  token_type: 'Bearer: whoever has the access token can use it.',
  user_code: 'The user types it.',
  verification_uri: 'Where the user types the code.',
  verification_url: "Google's name for verification_uri.",
}

/** Returns fields, and those inside them, with what each is for. */
export function withMeanings(fields: readonly FlowField[]): readonly FlowField[] {
  return fields.map((field) => {
    const meaning = Object.hasOwn(meanings, field.name) ? meanings[field.name] : undefined
    return {
      ...field,
      ...(meaning !== undefined && field.meaning === undefined && { meaning }),
      ...(field.contents !== undefined && { contents: withMeanings(field.contents) }),
    }
  })
}
