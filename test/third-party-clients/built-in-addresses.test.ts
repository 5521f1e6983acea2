import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { needs, nodeOfLine, type SystemPart } from '../support/system-parts.ts'
import { test as base, run } from './client.ts'
import { type GoogleFront, startGoogleFront } from './google-front.ts'

const test = base.extend<{ google: Emulator; front: GoogleFront }>({
  google: async ({ task: _task }, use) => {
    const google = await startEmulator({ autoConsent: true, issuer: 'https://accounts.google.com' })
    await use(google)
    await google.close()
  },
  front: async ({ google }, use) => {
    const front = await startGoogleFront(google.driveUrl)
    await use(front)
    await front.close()
  },
})

interface Case {
  readonly client: string
  readonly part: SystemPart
  readonly file: string
  /** The setting in the recipe, and what takes its place: nothing, or Google's. */
  readonly setting: readonly [RegExp, string]
  readonly hosts: readonly string[]
}

const node = { part: 'third-party clients for Node' } as const
const [accounts, oauth2, www] = ['accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com'] as const

const cases: readonly Case[] = [
  {
    client: 'Auth.js',
    ...node,
    file: 'recipes/auth-js.mjs',
    setting: [/, issuer: emulator/, ''],
    hosts: [accounts, oauth2],
  },
  {
    client: 'Authlib',
    part: 'third-party clients for Python',
    file: 'recipes/authlib_sign_in.py',
    setting: [/urlopen\(emulator \+/, 'urlopen("https://accounts.google.com" +'],
    hosts: [accounts, oauth2, www],
  },
  {
    client: 'google-auth for Python',
    part: 'official clients for Python',
    file: '../official-clients/recipes/sign_in.py',
    setting: [/verify_token(.*), certs_url=.*\)/, 'verify_oauth2_token$1)'],
    hosts: [oauth2, www],
  },
  {
    client: 'google-auth-library for Node',
    part: 'official clients for Node',
    file: '../official-clients/recipes/sign-in.mjs',
    setting: [/ {2}endpoints: [\s\S]*issuers: .*\n/, ''],
    hosts: [oauth2, www],
  },
  {
    client: 'googleauth for Ruby',
    part: 'Google’s client for Ruby',
    file: 'recipes/sign_in.rb',
    setting: [/\.sub\(.*|iss: issuers/g, ''],
    hosts: [accounts, oauth2],
  },
  {
    client: 'mutt_oauth2.py',
    part: 'mutt_oauth2.py',
    file: 'recipes/mutt-oauth2.sh',
    setting: [/ -e "s\|https:.*\\\n/, ' \\\n'],
    hosts: [accounts],
  },
  {
    client: 'oauth4webapi',
    ...node,
    file: 'recipes/oauth4webapi.mjs',
    setting: [/new URL\(emulator\)/, 'new URL("https://accounts.google.com")'],
    hosts: [accounts, oauth2, www],
  },
  {
    client: 'passport-google-oauth20',
    ...node,
    file: 'recipes/passport-google-oauth20.mjs',
    setting: [/^ {2}\w+: .*emulator.*\n/gm, ''],
    hosts: [accounts, www],
  },
  {
    client: 'passport-google-oidc',
    ...node,
    file: 'recipes/passport-google-oidc.mjs',
    setting: [/^ {2}\w+: .*emulator.*\n/gm, ''],
    hosts: [accounts, www],
  },
  {
    client: 'social-auth',
    part: 'third-party clients for Python',
    file: 'recipes/social_auth_sign_in.py',
    setting: [/(?<!class )EmulatorOAuth2/g, 'GoogleOAuth2'],
    hosts: [accounts, www],
  },
]

describe('clients with Google’s own addresses, behind a proxy that stands for Google', () => {
  test.for(cases)('$client signs in without any setting', async (row, { google, front, folder, skip }) => {
    needs({ skip }, row.part, 'the other Nodes')
    const source = join(import.meta.dirname, row.file)
    const recipe = readFileSync(source, 'utf8')
    const program = recipe.replace(...row.setting)
    expect(program).not.toBe(recipe)
    const path = join(folder, basename(source))
    writeFileSync(path, program)
    symlinkSync(join(source, '../../node_modules'), join(folder, 'node_modules'))
    const ended = await run(path, google, { folder, env: front.environment, node: nodeOfLine('24') })
    expect(ended, ended.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^signed in: /),
    })
    expect([...new Set(front.visited())].toSorted()).toEqual(row.hosts)
  })
})
