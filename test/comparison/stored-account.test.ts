import { type MutableResponse, OAuth2Server } from 'oauth2-mock-server'
import { expect } from 'vitest'
import { test } from '../support/harness.ts'

test('the stored account of another server is used, and a refresh token that it replaces is stored', async ({
  gsa,
}) => {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const issuer = `http://127.0.0.1:${server.address().port}`
  server.issuer.url = issuer
  const issued: unknown[] = []
  const used: unknown[] = []
  server.service.on('beforeResponse', (response: MutableResponse, request: { readonly body: unknown }) => {
    const [{ refresh_token: brought }, { refresh_token: sent }] = [response.body, request.body] as [
      Record<string, unknown>,
      Record<string, unknown>,
    ]
    issued.push(brought)
    if (sent !== undefined) used.push(sent)
  })
  try {
    const env = { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: issuer, GSA_CLIENT_SECRETS: gsa.desktopClient }
    expect(await gsa.run('login', { browser: {}, env })).toMatchObject({ exitCode: 0 })
    const probes = ['refresh', 'refresh-fewer-scopes', 'code-unknown'].flatMap((name) => ['--probe', name])
    const { json, exitCode } = await gsa.run('emulator', 'compare', '--target', issuer, ...probes, '--json', { env })
    expect(exitCode, JSON.stringify(json)).toBe(5)
    expect(json['probes']).toMatchObject([
      { name: 'refresh', result: 'different' },
      {
        name: 'refresh-fewer-scopes',
        result: 'failed',
        differences: [{ target: `${issuer} replaces refresh tokens` }],
      },
      { name: 'code-unknown', result: 'different' },
    ])
    const newest = issued.at(-2)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect(used.at(-1)).toBe(newest)
  } finally {
    await server.stop()
  }
})
