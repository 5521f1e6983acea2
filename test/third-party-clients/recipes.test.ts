import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { root } from '../support/built-gsa.ts'
import { needs, type SystemPart } from '../support/system-parts.ts'
import { driveRecipes, recipes, requestsOf, run, signedIn, test } from './client.ts'

const text = readFileSync(join(root, 'docs/emulator-recipes.md'), 'utf8')

interface Recipe {
  readonly file: string
  readonly part: SystemPart
  readonly prints: readonly string[]
  /** The addresses that the client requests, in this order. */
  readonly requests: readonly string[]
}

const node = { part: 'third-party clients for Node' } as const
const python = { part: 'third-party clients for Python' } as const
const signedInAsAda = 'signed in: ada@example.com'
const whole = [signedInAsAda, 'refreshed: true', 'revoked: invalid_grant'] as const
const wholeInPython = [signedInAsAda, 'refreshed: True', 'revoked: invalid_grant'] as const

const discovery = 'GET /.well-known/openid-configuration 200'
const page = 'GET /o/oauth2/v2/auth 302'

/** Returns the requests of an exchange and what follows it, a refresh, a revocation and a refused refresh. */
function flow(token: string, next: readonly string[] = [], revocation = 'POST /revoke'): readonly string[] {
  return [`POST ${token} 200`, ...next, `POST ${token} 200`, `${revocation} 200`, `POST ${token} 400`]
}
const openidConnect = [discovery, page, ...flow('/token', ['GET /oauth2/v3/certs 200'])] as const

const signIns: readonly Recipe[] = [
  {
    ...node,
    file: 'auth-js.mjs',
    prints: [signedInAsAda],
    requests: [discovery, page, discovery, 'POST /token 200'],
  },
  { ...python, file: 'authlib_sign_in.py', prints: wholeInPython, requests: openidConnect },
  {
    part: 'mutt_oauth2.py',
    file: 'mutt-oauth2.sh',
    prints: ['signed in: ya29.', ...whole.slice(1)],
    requests: ['GET /o/oauth2/auth 302', ...flow('/o/oauth2/token')],
  },
  { ...node, file: 'nodemailer.mjs', prints: ['access token: true'], requests: ['POST /o/oauth2/token 200'] },
  { ...node, file: 'oauth4webapi.mjs', prints: whole, requests: openidConnect },
  { ...node, file: 'openid-client-5.mjs', prints: whole, requests: openidConnect },
  {
    ...node,
    file: 'passport-google-oauth20.mjs',
    prints: whole.slice(0, 2),
    requests: [page, 'POST /oauth2/v4/token 200', 'GET /oauth2/v3/userinfo 200', 'POST /oauth2/v4/token 200'],
  },
  {
    ...node,
    file: 'passport-google-oidc.mjs',
    prints: [signedInAsAda],
    requests: [page, 'POST /oauth2/v4/token 200'],
  },
  {
    ...python,
    file: 'requests_oauthlib_sign_in.py',
    prints: wholeInPython,
    requests: [page, ...flow('/oauth2/v4/token', ['GET /oauth2/v1/userinfo 200'])],
  },
  {
    part: 'Google’s client for Ruby',
    file: 'sign_in.rb',
    prints: whole,
    requests: [page, ...flow('/token', ['GET /oauth2/v1/certs 200'])],
  },
  {
    ...node,
    file: 'simple-oauth2.mjs',
    prints: ['signed in: Bearer', ...whole.slice(1)],
    requests: [page, ...flow('/token')],
  },
  {
    ...python,
    file: 'social_auth_sign_in.py',
    prints: wholeInPython,
    requests: [
      'GET /o/oauth2/auth 302',
      ...flow('/o/oauth2/token', ['GET /oauth2/v3/userinfo 200'], 'GET /o/oauth2/revoke'),
    ],
  },
]

describe('docs/emulator-recipes.md', () => {
  test.for(readdirSync(recipes))('contains %s word for word', (file) => {
    expect(text).toContain(`\n${readFileSync(join(recipes, file), 'utf8')}\`\`\`\n`)
  })

  test('has no recipe that the tests do not run', () => {
    expect(readdirSync(recipes).toSorted()).toEqual([...signIns, ...driveRecipes].map(({ file }) => file).toSorted())
  })

  test.for(signIns)('$file signs in, and refreshes and revokes if it can', async (recipe, { google, folder, skip }) => {
    needs({ skip }, recipe.part)
    const env = await signedIn(google)
    const before = google.requests().length
    const ended = await run(join(recipes, recipe.file), google, { folder, env })
    expect(ended, ended.stderr).toMatchObject({ exitCode: 0, stdout: `${recipe.prints.join('\n')}\n` })
    expect(requestsOf(google, before)).toEqual(recipe.requests)
  })
})
