import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect } from 'vitest'
import { needs, type SystemPart } from '../support/system-parts.ts'
import { requestsOf, run, signedIn, testWithGoogleHosts as test } from './client.ts'

interface Case {
  readonly client: string
  readonly part: SystemPart
  readonly file: string
  /** The setting in the recipe, and what takes its place: nothing, or Google's. */
  readonly setting: readonly [RegExp, string]
  /** The requests that the client sends, all to Google's addresses. */
  readonly requests: readonly string[]
}

const node = { part: 'third-party clients for Node' } as const

const discovery = 'GET /.well-known/openid-configuration 200'
const page = 'GET /o/oauth2/v2/auth 302'
const [old, v4] = ['/o/oauth2/token', '/oauth2/v4/token'] as const
const revoked = (token: string): readonly string[] => ['POST /revoke 200', `POST ${token} 400`]
const refreshed = ['POST /token 200', 'GET /oauth2/v1/certs 200', 'POST /token 200'] as const
const openIdConnect = [
  discovery,
  page,
  'POST /token 200',
  'GET /oauth2/v3/certs 200',
  'POST /token 200',
  ...revoked('/token'),
] as const

const cases: readonly Case[] = [
  {
    client: 'Auth.js',
    ...node,
    file: 'recipes/auth-js.mjs',
    setting: [/, issuer: emulator/, ''],
    requests: [discovery, page, discovery, 'POST /token 200'],
  },
  {
    client: 'Authlib',
    part: 'third-party clients for Python',
    file: 'recipes/authlib_sign_in.py',
    setting: [/urlopen\(emulator \+/, 'urlopen("https://accounts.google.com" +'],
    requests: openIdConnect,
  },
  {
    client: 'google-auth for Python',
    part: 'official clients for Python',
    file: '../official-clients/recipes/sign_in.py',
    setting: [/verify_token(.*), certs_url=.*\)/, 'verify_oauth2_token$1)'],
    requests: refreshed,
  },
  {
    client: 'google-auth-library for Node',
    part: 'official clients for Node',
    file: '../official-clients/recipes/sign-in.mjs',
    setting: [/ {2}endpoints: [\s\S]*issuers: .*\n/, ''],
    requests: refreshed,
  },
  {
    client: 'googleauth for Ruby',
    part: 'Google’s client for Ruby',
    file: 'recipes/sign_in.rb',
    setting: [/\.sub\(.*|iss: issuers/g, ''],
    requests: [page, ...refreshed, ...revoked('/token')],
  },
  {
    client: 'mutt_oauth2.py',
    part: 'mutt_oauth2.py',
    file: 'recipes/mutt-oauth2.sh',
    setting: [/ -e "s\|https:.*\\\n/, ' \\\n'],
    requests: ['GET /o/oauth2/auth 302', `POST ${old} 200`, `POST ${old} 200`, ...revoked(old)],
  },
  {
    client: 'nodemailer',
    ...node,
    file: 'recipes/nodemailer.mjs',
    setting: [/ {4}accessUrl: .*\n/, ''],
    requests: [`POST ${old} 200`],
  },
  {
    client: 'oauth4webapi',
    ...node,
    file: 'recipes/oauth4webapi.mjs',
    setting: [/new URL\(emulator\)/, 'new URL("https://accounts.google.com")'],
    requests: openIdConnect,
  },
  {
    client: 'passport-google-oauth20',
    ...node,
    file: 'recipes/passport-google-oauth20.mjs',
    setting: [/^ {2}\w+: .*emulator.*\n/gm, ''],
    requests: [page, `POST ${v4} 200`, 'GET /oauth2/v3/userinfo 200', `POST ${v4} 200`],
  },
  {
    client: 'passport-google-oidc',
    ...node,
    file: 'recipes/passport-google-oidc.mjs',
    setting: [/^ {2}\w+: .*emulator.*\n/gm, ''],
    requests: [page, `POST ${v4} 200`],
  },
  {
    client: 'social-auth',
    part: 'third-party clients for Python',
    file: 'recipes/social_auth_sign_in.py',
    setting: [/(?<!class )EmulatorOAuth2/g, 'GoogleOAuth2'],
    requests: [
      'GET /o/oauth2/auth 302',
      `POST ${old} 200`,
      'GET /oauth2/v3/userinfo 200',
      `POST ${old} 200`,
      'GET /o/oauth2/revoke 200',
      `POST ${old} 400`,
    ],
  },
]

describe('clients with Google’s own addresses, with an emulator that stands in for Google’s hosts', () => {
  test.for(cases)('$client signs in without any setting', async (row, { google, folder, skip }) => {
    needs({ skip }, row.part)
    const source = join(import.meta.dirname, row.file)
    const recipe = readFileSync(source, 'utf8')
    const program = recipe.replace(...row.setting)
    expect(program).not.toBe(recipe)
    const path = join(folder, basename(source))
    writeFileSync(path, program)
    symlinkSync(join(source, '../../node_modules'), join(folder, 'node_modules'))
    const env = await signedIn(google)
    const before = google.requests().length
    const ended = await run(path, google, { folder, env })
    expect(ended, ended.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^(?:signed in|access token): /),
    })
    expect(requestsOf(google, before)).toEqual(row.requests)
  })
})
