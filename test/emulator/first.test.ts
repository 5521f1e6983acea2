import { test, expect } from 'vitest'
import { startEmulator, answerConsent } from '../../src/emulator/index.ts'
test('first', async () => {
  const g = await startEmulator()
  const code = await g.createCode({})
  const r = await fetch(g.issuer + '/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: '',
      client_id: g.clients[0]!.clientId,
      client_secret: g.clients[0]!.clientSecret,
    }),
  })
  console.log(r.status, [...r.headers], await r.clone().text())
  const t = (await r.json()) as any
  for (const p of [
    '/.well-known/openid-configuration',
    '/oauth2/v3/certs',
    '/oauth2/v1/certs',
    '/v1/userinfo',
    '/oauth2/v2/userinfo',
    '/tokeninfo',
    '/drive/v3/about?fields=*',
    '/drive/v3/files/appDataFolder?fields=*',
    '/drive/v3/files?spaces=appDataFolder',
    '/nope',
  ]) {
    const x = await fetch(g.issuer + p, { headers: { authorization: 'Bearer ' + t.access_token } })
    console.log(p, x.status, [...x.headers].join(' | '), await x.text())
  }
  console.log(JSON.stringify(g.requests().slice(0, 2), null, 1))
  const u = `${g.issuer}/o/oauth2/v2/auth?response_type=code&client_id=${g.clients[1]!.clientId}&redirect_uri=${encodeURIComponent('http://127.0.0.1:9/cb')}&scope=openid+email&state=xy`
  console.log(await answerConsent(u, { account: 'grace@corp.example', scopes: ['email'] }))
  console.log(await answerConsent(u, { decision: 'deny' }))
  console.log(await answerConsent(u.replace('127.0.0.1', 'example.com')))
  await g.close()
})
