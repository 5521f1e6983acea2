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
  parseClientSecrets(
    Buffer.isBuffer(content)
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content), 'utf8'),
    'f.json',
    false,
  )

const json = JSON.stringify({ web }, null, 2)
const marked = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le')

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

  test.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${json}`)],
    ['UTF-16, as PowerShell 5.1 writes it', marked(json.replaceAll('\n', '\r\n'))],
    ['UTF-16, big-endian', marked(json).swap16()],
    ['UTF-16 without a byte order mark', Buffer.from(json, 'utf16le')],
  ])('is read in %s', (_, bytes) => {
    const client = parsed(bytes)
    expect(client).toMatchObject({ clientId: web.client_id, redirectUris: web.redirect_uris })
    expect(client.clientSecret.reveal()).toBe('GOCSPX-secret')
  })

  const withSecret = (secret: unknown): object => ({ web: { ...web, client_secret: secret } })
  const iosPlist = `<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x">\n<plist version="1.0"><dict><key>CLIENT_ID</key><string>${web.client_id}</string></dict></plist>`
  const app = { client_id: web.client_id, project_id: 'p', auth_uri: web.auth_uri, token_uri: web.token_uri }
  const userToken = { token: 'ya29.a', client_id: web.client_id, client_secret: 'GOCSPX-secret', scopes: ['email'] }

  test.each([
    ['a user credential of the Python quickstart', userToken, 'a stored user credential'],
    ['a user credential in UTF-16', marked(JSON.stringify({ type: 'authorized_user' })), 'a stored user credential'],
    ['a workload identity configuration', { type: 'external_account', audience: 'x' }, 'a workload identity'],
    ['an impersonated credential', { type: 'impersonated_service_account' }, 'a credential for a service account'],
    [
      'a service account key in Base64',
      Buffer.from('{"type":"service_account"}').toString('base64'),
      'account key, enc',
    ],
    ['a service account key in a list', [{ type: 'service_account' }], 'a service account key'],
    ['a service account key after a comment', '// key\n{"type":"service_account"}', 'a service account key'],
    ['the file of an Android or iOS client', { installed: app }, 'an Android or iOS client'],
    ['the file of an iOS client', { ios: app }, 'an iOS client'],
    [
      'the older file of an Android client',
      { installed: { ...app, redirect_uris: ['urn:ietf:wg:oauth:2.0:oob', 'http://localhost'] } },
      'an Android or iOS client',
    ],
    [
      'the file of an Android client with its own redirect URI',
      { installed: { ...app, redirect_uris: ['com.googleusercontent.apps.1-a:/oauth2redirect'] } },
      'an Android or iOS client',
    ],
    ['the plist of an iOS client', iosPlist, 'plist'],
    ['the plist of an iOS client in UTF-16', marked(iosPlist), 'plist'],
    ['another plist', '<plist version="1.0"><dict/></plist>', 'plist'],
    ['a binary plist', 'bplist00\u0001', 'plist'],
    ['GoogleService-Info as JSON', { CLIENT_ID: 'x', REVERSED_CLIENT_ID: 'y' }, 'GoogleService-Info'],
    ['a Firebase web configuration', { apiKey: 'AIza', authDomain: 'p.firebaseapp.com' }, 'a Firebase web app'],
    [
      'a Firebase web configuration as code',
      'const firebaseConfig = {\n  apiKey: "AIza",\n  authDomain: "p.firebaseapp.com",\n};',
      'a Firebase web app',
    ],
    ['an API key', `AIza${'S'.repeat(35)}\n`, 'an API key'],
    ['an API key in JSON', { key: `AIza${'S'.repeat(35)}` }, 'an API key'],
    ['a token response', { access_token: 'ya29.a', expires_in: 3599 }, 'a token response'],
    ['an ID token', `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}\n`, 'a signed token'],
    ['an access token', `ya29.${'a'.repeat(40)}`, 'an access token'],
    ['a refresh token', `1//0${'aB3'.repeat(20)}`, 'a refresh token'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n', 'a private key'],
    ['keys', { keys: [{ kty: 'RSA' }] }, 'a set of keys'],
  ])('is not %s', async (_, content, kind) => {
    const failure = await failureOf(() => parsed(content))
    expect([failure.code, failure.exitCode]).toEqual(['client_secrets_wrong_kind', 2])
    expect(failure.causeText).toContain(kind)
    expect(failure.message).not.toMatch(/GOCSPX|AIzaS|ya29\.a|SSSS/)
    expect(failure.fix).toContain('Create an OAuth client')
  })

  const addSecret = '> Client secrets > Add secret)'
  const environment = `# Google\nGOOGLE_CLIENT_ID=${web.client_id}\nexport GOOGLE_CLIENT_SECRET="GOCSPX-secret"\n`
  test.each([
    ['white space', ' \n', 'it is empty', 'Use the file exactly as you downloaded it'],
    ['only a byte order mark', '\ufeff', 'it is empty', 'Use the file exactly'],
    ['no "web"', web, 'client_id is at the top level', 'Wrap the whole content in {"web": …}'],
    ['no "web", in UTF-16', marked(JSON.stringify(web)), 'at the top level', 'Wrap the whole content'],
    ['an object around it', { default: { web } }, '"web" is inside "default"', 'Keep only the object'],
    ['a list around it', [{ web }], 'not a JSON object', 'Keep only the object'],
    ['another name', { Web: web }, 'its client is in "Web"', 'Correct it'],
    ['names of code', { clientId: web.client_id, clientSecret: 'GOCSPX-secret' }, '"clientId"', 'as JSON'],
    ['no secret', withSecret(undefined), 'client_secret is missing', addSecret],
    [
      'no secret, of a "Desktop app"',
      { installed: { ...app, redirect_uris: ['http://localhost'] } },
      'client_secret is missing',
      addSecret,
    ],
    ['null for a secret', withSecret(null), 'client_secret is missing', addSecret],
    ['a number for a secret', withSecret(7), 'client_secret is not a text', addSecret],
    ['an empty secret', withSecret(' '), 'client_secret is empty', addSecret],
    ['asterisks for a secret', withSecret('******'), 'client_secret is masked', addSecret],
    ['asterisks and the end of a secret', withSecret('****a1B2'), 'client_secret is masked', addSecret],
    ['the start of a secret and dots', withSecret('GOCSPX-…'), 'client_secret is masked', addSecret],
    ['bullets for a secret', withSecret('••••••'), 'client_secret is masked', addSecret],
    ['a placeholder for a secret', withSecret('YOUR_CLIENT_SECRET'), 'a placeholder', addSecret],
    ['a placeholder with the prefix of a secret', withSecret('GOCSPX-xxxxxxxxxx'), 'a placeholder', addSecret],
    ['a variable for a secret', withSecret('${GOOGLE_CLIENT_SECRET}'), 'a placeholder', addSecret],
    ['the client ID for a secret', withSecret(web.client_id), 'contains the client ID', addSecret],
    ['a secret with a line break', withSecret('GOCSPX-secret\n'), 'ends with white space', 'Correct it'],
    ['an encrypted secret', withSecret('ENC[AES256_GCM,data:x]'), 'encrypted', 'Decrypt'],
    ['Base64 around it', Buffer.from(json).toString('base64'), 'encoded in Base64', 'base64 -d < f.json'],
    [
      'Base64 in lines around it',
      Buffer.from(json).toString('base64').replace(/.{76}/g, '$&\n'),
      'encoded in Base64',
      'base64 -d',
    ],
    [
      'a data URL around it',
      `data:application/json;base64,${Buffer.from(json).toString('base64')}`,
      'Base64',
      'base64',
    ],
    ['a string around it', JSON.stringify(json), 'a string that contains one', 'Correct it'],
    ['environment variables', environment, 'a .env file', 'as JSON: {"web"'],
    ['environment variables in UTF-16', marked(environment), 'a .env file', 'as JSON: {"web"'],
    ['an INI file', `[google]\nclient_id = ${web.client_id}\nclient_secret = GOCSPX-secret`, 'an INI file', 'as JSON'],
    ['YAML', `web:\n  client_id: ${web.client_id}\n  client_secret: GOCSPX-secret\n`, 'YAML', 'as JSON'],
    ['program code', `CLIENT = 1\nimport os\nclient_id = "${web.client_id}"`, 'program code', 'as JSON'],
    ['an HTML page', '<!doctype html>\n<html lang="en"><title>Sign in</title>', 'an HTML page', 'Download JSON'],
    ['XML', '<?xml version="1.0"?><resources/>', 'XML', 'Use the file exactly'],
    ['comments', json.replace('{', '{ // of the app'), 'it has comments', 'Correct it'],
    ['a block comment', `/* of the app */\n${json}`, 'before its JSON', 'Keep only the object'],
    ['a trailing comma', json.replace(/\n}$/, ',\n}'), 'a comma before a closing bracket', 'Correct it'],
    ['typographic quotation marks', json.replaceAll('"', '”'), 'typographic quotation marks', 'Correct it'],
    ['single quotation marks', json.replaceAll('"', "'"), 'single quotation marks', 'Correct it'],
    [
      'several mistakes',
      json.replaceAll('"', '“').replace(/\n}$/, ',\n} // end'),
      'quotation marks (“ ”) and comments and a comma',
      'Correct it',
    ],
    ['two documents', `${json}\n${json}`, 'several JSON documents', 'Keep only the object'],
    ['text after it', `${json}\nEOF`, 'other text after', 'Keep only the object'],
    ['a variable before it', `GOOGLE_CLIENT='${json}'`, 'other text around', 'Keep only the object'],
    ['a code fence around it', `\`\`\`json\n${json}\n\`\`\``, 'other text around', 'Keep only the object'],
    ['names without quotation marks', json.replace(/"(\w+)":/g, '$1:'), 'names without quotation marks', 'Correct it'],
    ['the lines of a page', `Client ID\n${web.client_id}\nClient secret\nGOCSPX-secret`, 'other text', 'as JSON'],
    [
      'a secret for an ID',
      { web: { ...web, client_id: 'GOCSPX-secret' } },
      'client_id contains a secret',
      'Correct it',
    ],
    ['no end', json.slice(0, 150), 'it is truncated', 'later downloads have no secret'],
    ['only a client ID', `${web.client_id}\n`, 'only a client ID', 'as JSON'],
    ['only a client secret', 'GOCSPX-secret', 'only a client secret', 'as JSON'],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\n', 'Git LFS', 'fetch'],
    ['the marks of a merge', `{\n<<<<<<< HEAD\n"web": {}\n}`, 'merge conflict', 'Correct it'],
    [
      'bytes that are no text',
      Buffer.from([0xff, 0x80, 0x81, 0x9a]),
      'neither UTF-8 nor UTF-16',
      'Use the file exactly',
    ],
    [
      'a client ID in Latin-1',
      Buffer.from(JSON.stringify({ web: { ...web, name: 'Müller' } }), 'latin1'),
      'neither UTF-8 nor UTF-16',
      'Use the file exactly',
    ],
  ])('with %s is refused with a fix', async (_, content, problem, fix) => {
    const failure = await failureOf(() => parsed(content))
    expect(failure.code).toBe('client_secrets_invalid')
    expect(failure.causeText).toContain(problem)
    expect(failure.fix).toContain(fix)
    expect(failure.fix).not.toMatch(/download(?: it| the file)? again/i)
    expect(`${failure.causeText} ${failure.fix}`).not.toMatch(/GOCSPX/)
  })

  test('may name other endpoints when another server is chosen', () => {
    const file = { web: { ...web, token_uri: 'http://127.0.0.1:9077/token' } }
    expect(parseClientSecrets(Buffer.from(JSON.stringify(file)), 'f.json', true).clientId).toBe(web.client_id)
  })
})
