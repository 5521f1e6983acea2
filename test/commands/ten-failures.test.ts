import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Gsa, type RunOptions, withGsa } from '../support/harness.ts'

const page = '../../docs/evidence/ten-failures.md'

const opening = `# The ten failures that people meet most

What a person reads when each of them is provoked against the emulator. Written by \`test/commands/ten-failures.test.ts\`, which runs the
commands and compares; ports, times and tokens are replaced.
`

interface Scene {
  readonly title: string
  readonly play: (terminal: Terminal) => Promise<void>
}

interface Terminal {
  readonly gsa: Gsa
  readonly google: Emulator
  /** Runs a command and writes down what a person would see of it. */
  readonly type: (command: string, options?: RunOptions) => Promise<void>
}

const web = '100000000001-web.apps.googleusercontent.com'

const scenes: readonly Scene[] = [
  {
    title: 'A token response without a refresh token',
    async play({ type, google }) {
      await type('gsa exchange --quiet', { stdin: await google.createCode() })
      await type('gsa exchange', { stdin: await google.createCode() })
    },
  },
  {
    title: 'redirect_uri_mismatch: the code of a phone, exchanged as one of the web pop-up, and the other way round',
    async play({ type, google }) {
      await type('gsa exchange --from web-popup', { stdin: await google.createCode() })
      await type('gsa exchange', { stdin: await google.createCode({ platform: 'web-popup' }) })
    },
  },
  {
    title: 'invalid_grant: a code that was cut',
    async play({ type, google }) {
      await type('gsa exchange', { stdin: (await google.createCode()).slice(0, -6) })
    },
  },
  {
    title: 'invalid_grant: a code that is used or too old',
    async play({ type, google }) {
      const code = await google.createCode()
      await type('gsa exchange --quiet', { stdin: code })
      google.arm({ on: 'token', fault: 'code-used' })
      await type('gsa exchange', { stdin: await google.createCode() })
    },
  },
  {
    title: 'invalid_grant: a refresh token of an app in Testing, after a week',
    async play({ type, google }) {
      await configure(google, 'POST projects', { publishingStatus: 'testing' })
      await type('gsa exchange', { stdin: await google.createCode() })
      google.advanceClock('7d')
      const now = (): number => Date.now() + 7 * 86_400_000
      await type('gsa token', { now })
      await type('gsa token', { now })
    },
  },
  {
    title: 'invalid_client: an id that does not exist, and a secret that is wrong',
    async play({ type, gsa, google }) {
      const client = (name: string, client_id: string): string =>
        gsa.file(name, JSON.stringify({ web: { client_id, client_secret: 'GOCSPX-old', redirect_uris: [] } }))
      const unknown = client('typo.json', '100000000001-wep.apps.googleusercontent.com')
      await type(`gsa exchange --client-secrets ${unknown}`, { stdin: await google.createCode() })
      await type(`gsa exchange --client-secrets ${client('old.json', web)}`, { stdin: await google.createCode() })
    },
  },
  {
    title: 'Error 403: access_denied in the browser: the app is in Testing, and the account is no test user',
    async play({ type, gsa, google }) {
      await configure(google, 'POST projects', { publishingStatus: 'testing', testUsers: ['grace@corp.example'] })
      await type(`gsa login --no-browser --timeout 2s --client-secrets ${gsa.desktopClient}`, {
        timeIsUpWhen: /Open this address/,
        browser: async (url) => answerConsent(url, { account: 'ada@example.com' }),
      })
    },
  },
  {
    title: 'The box for Drive was not ticked',
    async play({ type, gsa }) {
      await type(`gsa login --no-browser --client-secrets ${gsa.desktopClient}`, {
        browser: { scopes: ['openid', 'email', 'profile'] },
      })
      await type('gsa drive ls-appfolder')
    },
  },
  {
    title: 'The Drive API is not enabled',
    async play({ type, google }) {
      await type('gsa exchange --quiet', { stdin: await google.createCode() })
      google.arm({ on: 'drive', fault: 'api-not-enabled' })
      await type('gsa drive ls-appfolder')
    },
  },
  {
    title: 'Nobody answers: the emulator is not started, or the proxy is not there',
    async play({ type, gsa, google }) {
      const env = { GSA_EMULATOR_HOST: `127.0.0.1:${await closedPort()}` }
      await type('gsa exchange', { env, stdin: await google.createCode() })
      const file = gsa.file('client.json', JSON.stringify({ web: { client_id: web, client_secret: 's' } }))
      const proxied = { GSA_EMULATOR_HOST: undefined, HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` }
      await type(`gsa exchange --client-secrets ${file}`, { env: proxied, stdin: await google.createCode() })
    },
  },
]

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Without what differs from run to run. */
function lasting(text: string, gsa: Gsa): string {
  return (
    text
      .replaceAll(`${gsa.folder}/`, '')
      // Only where it is so.
      .replaceAll(/^This looks like .*\n/gm, '')
      .replaceAll(/127\.0\.0\.1(:|%3A)\d+/g, '127.0.0.1$1PORT')
      .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/20\d\d-\d\d-\d\d/g, 'DATE')
      .replaceAll(/(state|nonce|code_challenge)=[\w-]{43}/g, '$1=…')
      .replaceAll(/PORT%2F[\w-]{22}/g, 'PORT%2F…')
      .replaceAll(/\bends in \d+ minutes/g, 'ends in an hour')
  )
}

test('the page of the ten failures says what a person reads', async () => {
  const parts: string[] = [opening]
  for (const [at, { title, play }] of scenes.entries()) {
    parts.push(`## ${at + 1}. ${title}\n`)
    await withGsa(async (gsa, google) => {
      const type = async (command: string, options: RunOptions = {}): Promise<void> => {
        const { stdout, stderr, exitCode } = await gsa.run(...command.split(' ').slice(1), options)
        const shown = lasting(`$ ${command}\n${stderr}${stdout}`, gsa).trimEnd()
        parts.push(`\`\`\`console\n${shown}\n\`\`\`\n\nExit code ${exitCode}.\n`)
      }
      await play({ gsa, google, type })
    })
  }
  await expect(parts.join('\n')).toMatchFileSnapshot(page)
})
