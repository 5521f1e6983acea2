import { describe, expect } from 'vitest'
import { test as withGsa } from '../support/harness.ts'
import { open, press, section, textOf } from './home.ts'
import { configure, credentials, decodeJwt, postForm, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

const web = '100000000001-web.apps.googleusercontent.com'
const ada = { account: 'ada@example.com', clientId: web, platform: 'android' }

/** Returns the commands on a page, as copying them yields. */
function commands(html: string): string[] {
  return [...html.matchAll(/<pre class="command">([\s\S]*?)<\/pre>/g)].map(([, inner = '']) =>
    inner
      .replace(/<[^>]+>/g, '')
      .replaceAll('&#39;', "'")
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
}

/** Returns the form that a curl command with plain words would send. */
function curlForm(command = ''): string {
  return [...command.matchAll(/ -d (\S+)/g)].map(([, field = '']) => field).join('&')
}

describe('the form that makes a code', () => {
  test.for([
    { platform: 'android', app: 'An Android app', redirectUri: '', shown: 'is empty.' },
    { platform: 'ios', app: 'An iOS app', redirectUri: '', shown: 'is empty.' },
    { platform: 'web-popup', app: 'A web page', redirectUri: 'postmessage', shown: 'is postmessage .' },
  ])('shows how to exchange one from $platform', async ({ platform, app, redirectUri, shown }, { google }) => {
    const fields = { ...ada, platform, scope: 'openid', scopes: 'email' }
    const { status, headers, body } = await press(google, 'codes', fields)
    expect(status).toBe(200)
    expect(headers['cache-control']).toContain('no-store')
    expect(textOf(body)).toContain(app)
    expect(textOf(body)).toContain(`Its redirect URI ${shown}`)
    const [, code] = /<textarea[^>]*>(4\/0[^<]+)<\/textarea>/.exec(body) ?? []
    const [, , curl] = commands(body)
    const form = curlForm(curl)
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
      grant_type: 'authorization_code',
      ...credentials(google),
      redirect_uri: redirectUri,
      code,
    })
    expect(curl?.split(' ').at(-1)).toBe(`${google.issuer}/token`)
    const tokens = (await postForm(`${google.issuer}/token`, form)).json
    expect(tokens.scope).toBe('openid https://www.googleapis.com/auth/userinfo.email')
    expect(decodeJwt(tokens.id_token).claims['email']).toBe(ada.account)
  })

  test('gets a refresh token again only with forced consent', async ({ google }) => {
    await signIn(google)
    const exchanged = async (fields: Record<string, string>): Promise<Record<string, unknown>> => {
      const { body } = await press(google, 'codes', { ...ada, scope: 'openid', ...fields })
      return (await postForm(`${google.issuer}/token`, curlForm(commands(body)[2]))).json
    }
    expect(await exchanged({})).not.toHaveProperty('refresh_token')
    expect(await exchanged({ forceRefreshToken: 'true' })).toHaveProperty('refresh_token')
  })

  test('keeps the secret of your own client off the page', async ({ google }) => {
    const clientSecret = 'GOCSPX-my-own-secret'
    await configure(google, 'POST clients', { type: 'web', clientId: "7-it's", clientSecret, redirectUris: [] })
    const { body } = await press(google, 'codes', { ...ada, clientId: "7-it's", scope: 'openid' })
    expect(body).not.toContain(clientSecret)
    const [gsa, curl] = commands(body)
    expect(gsa).toMatch(/^gsa exchange .*--client-secrets client_secret_web\.json --from android 4\/0/)
    expect(curl).toContain(String.raw`-d 'client_id=7-it'\''s' -d client_secret=YOUR_CLIENT_SECRET`)
  })

  test('shows only curl, with the real address, if the issuer is another one', async () => {
    const google = await startGoogle({ issuer: 'https://accounts.google.com' })
    const headers = { origin: google.driveUrl }
    const address = `${google.driveUrl}/emulator/page/codes`
    const { status, body } = await postForm(address, { ...ada, scope: 'openid' }, headers)
    expect(status).toBe(200)
    expect(commands(body)).toEqual([expect.stringMatching(new RegExp(`^curl .* ${google.driveUrl}/token$`))])
    expect(textOf(body)).toContain('this emulator names https://accounts.google.com .')
    const home = await send(`${google.driveUrl}/`)
    expect(textOf(home.body)).toContain(`${google.driveUrl} , issuer https://accounts.google.com`)
  })

  test('offers web clients only, and takes any account of a long list', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ email: `user${index}@example.com` }))
    const google = await startGoogle({ config: { accounts: many } })
    const { body } = await open(google)
    const [form = ''] =
      /<form class="fields" method="post" action="\/emulator\/page\/codes">[\s\S]*?<\/form>/.exec(body) ?? []
    expect(form).toContain('Built-in web client')
    expect(form).not.toContain('desktop')
    expect(await section(google, 'code')).toContain('Account (one of 32)')
    const account = 'user29@example.com'
    expect(textOf((await press(google, 'codes', { ...ada, account, scope: 'openid' })).body)).toContain(account)
  })

  withGsa('shows commands that gsa carries out as they are', async ({ gsa, google }) => {
    const { body } = await press(google, 'codes', { ...ada, platform: 'web-popup', scope: 'openid', scopes: 'email' })
    const [save = '', exchange = ''] = commands(body)
    const [saving = '', file = ''] = save.split(' > ')
    const saved = await gsa.run(...saving.split(' ').slice(1), { printsSecrets: true })
    const path = gsa.file(file, saved.stdout)
    const argv = exchange.split(' ').map((word) => (word === file ? path : word))
    const env = { GSA_EMULATOR_HOST: undefined, GSA_CLIENT_SECRETS: undefined }
    const { exitCode, json } = await gsa.run(...argv.slice(1), '--yes', '--json', { env })
    expect(exitCode).toBe(0)
    expect(json).toMatchObject({ account: { email: ada.account } })
  })
})
