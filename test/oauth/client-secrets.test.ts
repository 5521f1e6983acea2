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
    ['a database', Buffer.from('SQLite format 3\0\u0010'), 'a database'],
    ['a Java keystore', Buffer.from([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]), 'a Java keystore'],
    ['keys', { keys: [{ kty: 'RSA' }] }, 'a set of keys'],
  ])('is not %s', async (_, content, kind) => {
    const failure = await failureOf(() => parsed(content))
    expect([failure.code, failure.exitCode]).toEqual(['client_secrets_wrong_kind', 2])
    expect(failure.causeText).toContain(kind)
    expect(failure.message).not.toMatch(/GOCSPX|AIzaS|ya29\.a|SSSS/)
    expect(failure.fix).toContain('Create an OAuth client')
  })

  const withId = (client_id: string): object => ({ web: { ...web, client_id } })
  const alone = (client_id: string): object => ({ web: { client_id, client_secret: 'GOCSPX-secret' } })
  const base64 = Buffer.from(json).toString('base64')
  const manifest = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: google\ntype: Opaque\ndata:\n  client_secret.json: ${base64}\n`
  const kubectl = 'kubectl get secret'
  const copyId = 'Nothing was sent. Copy the client ID'
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
    ['an email address for an ID', withId('me@gmail.com'), 'client_id is an email address', copyId],
    ['an email address for an ID and no endpoints', alone('me@gmail.com'), 'an email address', copyId],
    ['a service account for an ID', alone('x@p.iam.gserviceaccount.com'), 'of a service account', copyId],
    ['a URL for an ID', withId(`http://${web.client_id}`), 'client_id is a URL', copyId],
    ['a URL for an ID and no endpoints', alone(`https://${web.client_id}/`), 'client_id is a URL', copyId],
    ['an ID without its end', withId('123-abc'), 'client_id is incomplete', copyId],
    ['an ID without its end and no endpoints', alone('123-abc'), 'client_id is incomplete', copyId],
    ['half of the end of an ID', alone('123-abc.apps.google'), 'client_id is incomplete', copyId],
    ['more after an ID', alone(`${web.client_id}/`), 'more characters after a client ID', copyId],
    ['a reversed ID', alone('com.googleusercontent.apps.123-abc'), 'client_id is reversed', copyId],
    ['a project number for an ID', withId('123456789012'), 'client_id is only a number', copyId],
    ['a name for an ID', withId('my-app'), 'client_id is not a client ID of Google', copyId],
    [
      'a ZIP archive in it',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(99)]),
      'a ZIP archive',
      'Unpack',
    ],
    [
      'a large ZIP archive in it',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(99_999)]),
      'a ZIP',
      'Unpack',
    ],
    ['gzip around it', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), 'a gzip archive', 'Unpack'],
    ['a PDF document in it', Buffer.from('%PDF-1.7\n%\u00e2'), 'a PDF document', 'Download JSON'],
    ['a picture in it', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10]), 'a picture', 'Download JSON'],
    ['a Kubernetes Secret in it', manifest, 'a Kubernetes Secret in YAML, with its data in Base64', kubectl],
    ['a Kubernetes Secret in another order', manifest.replace(/^(apiV.*\n)(.*\n)/, '---\n$2$1'), 'a Kube', kubectl],
    [
      'a Kubernetes Secret in JSON',
      { apiVersion: 'v1', kind: 'Secret', data: { 'client_secret.json': base64 } },
      'a Kubernetes Secret in JSON',
      kubectl,
    ],
    [
      'a Kubernetes Secret as text',
      `apiVersion: v1\nkind: Secret\nstringData:\n  c.json: |\n    ${json.replaceAll('\n', '\n    ')}\n`,
      'a Kubernetes Secret in YAML',
      kubectl,
    ],
    ['a sealed secret', manifest.replace('Secret', 'SealedSecret'), 'a sealed secret', kubectl],
    ['a comma at the end of its list', json.replace('cb"', 'cb",'), 'a comma before a closing bracket', 'Correct it'],
    ['two commas', json.replace('-secret",', '-secret",,'), 'two commas in a row', 'Correct it'],
    ['a missing comma', json.replace('-secret",', '-secret"'), 'no comma between two members', 'Correct it'],
    ['a comment at the end of a line', json.replace('-secret",', '-secret", # new'), 'it has comments', 'Correct it'],
    [
      'a comment before it and a trailing comma',
      `// "web": the client\n${json.replace(/\n}$/, ',\n}')}`,
      'it has comments and a comma before a closing bracket',
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

  test.each(['1-a.apps.googleusercontent.com', '123456.apps.googleusercontent.com'])('may have the ID %s', (id) => {
    expect(parsed(withId(id)).clientId).toBe(id)
    expect(parsed(alone(id)).clientId).toBe(id)
  })

  test('may have an ID of another form when no endpoint says that it is for Google', () => {
    for (const id of [
      'my-app',
      'c',
      '0oa2hl2inow5Uqc6c357',
      'urn:example:client',
      '6e74172b-f5d3-4f1e-8bc3-d3c4d5e6f7a8',
    ])
      expect(parsed(alone(id)).clientId).toBe(id)
  })

  test.each(['my-app', '123-abc', 'me@gmail.com', 'https://app.example/client.json'])(
    'may have the ID %s when another server is chosen',
    (id) => {
      for (const file of [withId(id), alone(id)])
        expect(parseClientSecrets(Buffer.from(JSON.stringify(file)), 'f.json', true).clientId).toBe(id)
    },
  )

  test('may name other endpoints when another server is chosen', () => {
    const file = { web: { ...web, token_uri: 'http://127.0.0.1:9077/token' } }
    expect(parseClientSecrets(Buffer.from(JSON.stringify(file)), 'f.json', true).clientId).toBe(web.client_id)
  })
})
