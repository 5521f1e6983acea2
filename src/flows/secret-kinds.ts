const secretKinds: Readonly<Record<string, string>> = {
  access_token: 'access token',
  assertion: 'assertion',
  authorization: 'credentials',
  client_secret: 'client secret',
  code: 'authorization code',
  code_verifier: 'code verifier',
  credential: 'ID token',
  device_code: 'device code',
  dpop: 'DPoP proof',
  g_csrf_token: 'token',
  id_token: 'ID token',
  nonce: 'nonce',
  oauth_token: 'access token',
  refresh_token: 'refresh token',
  state: 'state',
  token: 'token',
  upload_id: 'upload session',
  user_code: 'user code',
}

/** Returns the kind of secret that a parameter, member or header of this name holds; undefined for any other name. */
export function secretKindOf(name: string): string | undefined {
  return Object.hasOwn(secretKinds, name) ? secretKinds[name] : undefined
}
