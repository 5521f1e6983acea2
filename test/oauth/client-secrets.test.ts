import { describe, expect, test } from 'vitest'
import { type OAuthClient, parseClientSecrets } from '../../src/oauth/client.ts'
import { failureOf } from '../support/failure-of.ts'

const web = {
  client_id: '1-a.apps.googleusercontent.com',
  client_secret: 'GOCSPX-secret',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  redirect_uris: ['https://app.example.com/cb'],
}

const parsed = (content: unknown): OAuthClient =>
  parseClientSecrets(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), 'f.json', false)

describe('a client secrets file', () => {
  test.each(['web', 'installed'])('of type %s is read', (type) => {
    const client = parseClientSecrets(Buffer.from(JSON.stringify({ [type]: web })), 'f.json', false)
    expect(client).toMatchObject({ type, clientId: web.client_id, redirectUris: web.redirect_uris })
    expect(client.clientSecret.reveal()).toBe('GOCSPX-secret')
  })

  test.each([
    ['is empty', '', 'client_secrets_invalid', 'empty'],
    ['is truncated', JSON.stringify({ web }).slice(0, 80), 'client_secrets_invalid', 'not a JSON object'],
    ['is a list', '[]', 'client_secrets_invalid', 'not a JSON object'],
    ['has neither type', {}, 'client_secrets_invalid', 'neither'],
    ['contains no object', { web: 'x' }, 'client_secrets_invalid', 'not an object'],
    ['has no client id', { web: { ...web, client_id: undefined } }, 'client_secrets_invalid', 'client_id'],
    ['has a line break in its id', { web: { ...web, client_id: '1-a\n' } }, 'client_secrets_invalid', 'client_id'],
    [
      'has a placeholder for an id',
      { web: { ...web, client_id: 'YOUR_CLIENT_ID' } },
      'client_secrets_invalid',
      'placeholder',
    ],
    ['has no secret', { installed: { ...web, client_secret: undefined } }, 'client_secrets_invalid', 'client_secret'],
    [
      'has redirect URIs of the wrong kind',
      { web: { ...web, redirect_uris: 'x' } },
      'client_secrets_invalid',
      'redirect_uris',
    ],
    [
      'is a service account key',
      { type: 'service_account', private_key: 'x' },
      'client_secrets_wrong_kind',
      'service account',
    ],
    [
      'is a stored credential',
      { type: 'authorized_user', refresh_token: 'x' },
      'client_secrets_wrong_kind',
      'user credential',
    ],
    [
      'belongs to an Android app',
      { project_info: {}, client: [] },
      'client_secrets_wrong_kind',
      'google-services.json',
    ],
    [
      'names a token endpoint elsewhere',
      { web: { ...web, token_uri: 'https://evil.example/token' } },
      'client_secrets_foreign_endpoint',
      'evil.example',
    ],
    [
      'names an http endpoint',
      { web: { ...web, token_uri: 'http://oauth2.googleapis.com/token' } },
      'client_secrets_foreign_endpoint',
      'http://',
    ],
    ['names an endpoint that is not a URL', { web: { ...web, auth_uri: 7 } }, 'client_secrets_foreign_endpoint', '7'],
  ])('that %s is refused', async (_, content, code, word) => {
    const failure = await failureOf(() => parsed(content))
    expect(failure.code).toBe(code)
    expect(failure.exitCode).toBe(2)
    expect(failure.message).toContain(word)
    expect(failure.message).not.toContain('GOCSPX')
  })

  test('may name other endpoints when another server is chosen', () => {
    const file = { web: { ...web, token_uri: 'http://127.0.0.1:9077/token' } }
    expect(parseClientSecrets(Buffer.from(JSON.stringify(file)), 'f.json', true).clientId).toBe(web.client_id)
  })
})
