import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { answerConsent, answerDevice, startEmulator } from '../../src/emulator/index.ts'
import { serving } from '../backend/serving.ts'
import { generate } from '../drive/app-folder.ts'
import { inFastTime } from '../support/fast-time.ts'
import type { RunOptions } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { refreshTokenOf } from '../support/refresh-token.ts'
import type { User } from './user.ts'

/** gsa's requests, under their names in the table. */
export const requestNames = {
  discovery: 'GET /.well-known/openid-configuration',
  keys: 'GET /oauth2/v3/certs',
  token: 'POST /token',
  'device code': 'POST /device/code',
  revoke: 'POST /revoke',
  list: 'GET /drive/v3/files',
  metadata: 'GET /drive/v3/files/ID',
  content: 'GET /drive/v3/files/ID?alt=media',
  'new id': 'GET /drive/v3/files/generateIds',
  upload: 'POST /upload/drive/v3/files',
  replace: 'PATCH /upload/drive/v3/files/ID',
  part: 'PUT /upload/drive/v3/files',
  delete: 'DELETE /drive/v3/files/ID',
  folder: 'GET /drive/v3/files/appDataFolder',
  about: 'GET /drive/v3/about',
  create: 'POST /drive/v3/files',
  'sign-in page': 'GET /o/oauth2/v2/auth',
  'token endpoint': 'GET /token',
} as const

type RequestName = keyof typeof requestNames

/** A command's requests in one case. */
export interface Row {
  /** Its place in the command tree. */
  readonly command: string
  /** Arguments and circumstances, as far as they matter. */
  readonly when?: string
  /** In order. Those in a nested list are sent at the same time, and arrive in any order. */
  readonly requests: readonly (RequestName | readonly RequestName[])[]
  /** Default: one if anything is sent. */
  readonly connections?: number
  /** Prepares the case; returns what the run needs from it. */
  readonly given?: (user: User) => Promise<readonly string[] | void>
  readonly run: (user: User, made: readonly string[]) => Promise<unknown>
}

const loggedIn = async (user: User): Promise<void> => user.logIn()
const anHourAgo = async (user: User): Promise<void> => {
  await user.logIn()
  user.waitAnHour()
}
const withEnvironmentToken = async ({ gsa, google }: User): Promise<string[]> => [await refreshTokenOf(gsa, google)]
const environmentToken = ([token]: readonly string[]): RunOptions => ({
  env: { GSA_REFRESH_TOKEN: token, GSA_STORE: undefined },
})
const withIdToken = async ({ google, logIn, run }: User): Promise<string[]> => {
  await logIn()
  const stdin = await google.createCode()
  const { json } = await run('exchange', '-', '--show-tokens', '--json', { stdin, printsSecrets: true })
  return [(json['idToken'] as { value: string }).value]
}
const withFiles =
  (...names: readonly string[]) =>
  async ({ logIn, put }: User): Promise<string[]> => {
    await logIn()
    const ids: string[] = []
    for (const name of names) ids.push(await put(name))
    return ids
  }
const withGeneratedFiles =
  (count: number) =>
  async ({ logIn, google }: User): Promise<void> => {
    await logIn()
    await generate(google, count)
  }

/** Returns the row of a command that sends nothing. */
const silent = (command: string, args: readonly (string | RunOptions)[], more: Partial<Row> = {}): Row => ({
  command,
  requests: [],
  given: loggedIn,
  run: async ({ run }) => run(...args),
  ...more,
})

const codes: readonly Row[] = [
  {
    command: 'login',
    requests: ['discovery', 'keys', 'token'],
    connections: 2,
    run: async ({ run, gsa }) => run('login', '--no-browser', '--client-secrets', gsa.desktopClient, { browser: {} }),
  },
  {
    command: 'login',
    when: '`--device`, approved before the third poll',
    requests: ['discovery', 'keys', 'device code', 'token', 'token', 'token'],
    run: async ({ run, gsa, google }) => {
      const polls = (): number => google.requests().filter(({ path }) => path === '/token').length
      const approve = async (userCode: string): Promise<void> => {
        while (polls() < 2) await new Promise((resolve) => setTimeout(resolve, 200))
        await answerDevice(google.issuer, userCode)
      }
      await inFastTime(async () => run('login', '--device', '--client-secrets', gsa.tvClient, { device: approve }))
    },
  },
  {
    command: 'login',
    when: '`--start`',
    requests: ['discovery'],
    run: async ({ run, gsa }) => run('login', '--start', '--client-secrets', gsa.desktopClient),
  },
  {
    command: 'login',
    when: '`--finish`',
    requests: ['discovery', 'keys', 'token'],
    connections: 2,
    given: async ({ run, gsa }) => {
      const { stdout } = await run('login', '--start', '--client-secrets', gsa.desktopClient)
      return [(await answerConsent(stdout.trim(), {})).url]
    },
    run: async ({ run }, [address = '']) => run('login', '--finish', address),
  },
  {
    command: 'exchange',
    requests: ['discovery', 'keys', 'token'],
    connections: 2,
    given: loggedIn,
    run: async ({ run, google }) => run('exchange', '-', { stdin: await google.createCode() }),
  },
  {
    command: 'serve',
    when: 'two codes, one after the other',
    requests: ['discovery', 'keys', 'token', 'keys', 'token'],
    connections: 3,
    run: async ({ gsa, google, options }) => {
      const twoCodes: Parameters<typeof serving>[2] = async ({ post }) => {
        for (let code = 1; code <= 2; code++) await post({ authCode: await google.createCode() })
      }
      await serving(gsa, [], twoCodes, options())
    },
  },
]

const tokens: readonly Row[] = [
  {
    command: 'refresh',
    requests: ['discovery', 'token'],
    given: loggedIn,
    run: async ({ run }) => run('refresh'),
  },
  {
    command: 'refresh',
    when: 'the keys are not remembered any more',
    requests: ['discovery', 'token', 'keys'],
    given: async ({ logIn, forgetKeys }) => {
      await logIn()
      forgetKeys()
    },
    run: async ({ run }) => run('refresh'),
  },
  {
    command: 'refresh',
    when: 'the server replaces refresh tokens',
    requests: ['discovery', 'token'],
    connections: 2,
    given: async ({ logIn, google, run }) => {
      await logIn()
      google.arm({ on: 'token', fault: 'rotate-refresh-token' })
      await run('refresh')
    },
    run: async ({ run }) => run('refresh'),
  },
  silent('token', ['token', { printsSecrets: true }]),
  {
    command: 'token',
    when: 'an hour later',
    requests: ['discovery', 'token'],
    given: anHourAgo,
    run: async ({ run }) => run('token', { printsSecrets: true }),
  },
  {
    command: 'token',
    when: '`GSA_REFRESH_TOKEN`',
    requests: ['discovery', 'token', 'keys'],
    given: withEnvironmentToken,
    run: async ({ run }, made) => run('token', { printsSecrets: true, ...environmentToken(made) }),
  },
  silent('whoami', ['whoami']),
  {
    command: 'whoami',
    when: '`GSA_REFRESH_TOKEN`',
    requests: ['discovery', 'token', 'keys'],
    given: withEnvironmentToken,
    run: async ({ run }, made) => run('whoami', environmentToken(made)),
  },
  {
    command: 'id-token verify',
    requests: ['discovery'],
    given: withIdToken,
    run: async ({ run }, [stdin = '']) => run('id-token', 'verify', '-', { stdin }),
  },
  {
    command: 'id-token verify',
    when: 'the keys are not remembered any more',
    requests: ['discovery', 'keys'],
    given: async (user) => {
      const made = await withIdToken(user)
      user.forgetKeys()
      return made
    },
    run: async ({ run }, [stdin = '']) => run('id-token', 'verify', '-', { stdin }),
  },
  {
    command: 'id-token verify',
    when: '`--jwks FILE`',
    requests: [],
    given: async (user) => {
      const jwks = await (await fetch(`${user.google.issuer}/oauth2/v3/certs`)).text()
      return [...(await withIdToken(user)), user.gsa.file('jwks.json', jwks)]
    },
    run: async ({ run }, [stdin = '', jwks = '']) => run('id-token', 'verify', '-', '--jwks', jwks, { stdin }),
  },
]

const accounts: readonly Row[] = [
  silent('accounts list', ['accounts', 'list']),
  silent('accounts use', ['accounts', 'use', 'ada@example.com']),
  silent('accounts remove', ['accounts', 'remove', 'ada@example.com', '--yes']),
  silent('accounts move', [], {
    run: async ({ run, gsa }) => {
      const { PATH } = lastingStore(gsa, 'moved').env
      return run('accounts', 'move', '--to', 'helper:moved', { env: { PATH } })
    },
  }),
  silent('accounts rebuild', ['accounts', 'rebuild', { env: { GSA_STORE: 'memory' } }]),
  {
    command: 'revoke',
    requests: ['discovery', 'revoke', 'token'],
    given: loggedIn,
    run: async ({ run }) => run('revoke', '--yes'),
  },
  silent('logout', ['logout']),
  silent('export', ['export', '--format', 'adc', { printsSecrets: true }]),
]

const mebibyte = 1024 * 1024

const drive: readonly Row[] = [
  {
    command: 'drive ls-appfolder',
    requests: ['list'],
    given: withGeneratedFiles(3),
    run: async ({ run }) => run('drive', 'ls-appfolder'),
  },
  {
    command: 'drive ls-appfolder',
    when: 'an hour later',
    requests: ['discovery', 'token', 'list'],
    given: anHourAgo,
    run: async ({ run }) => run('drive', 'ls-appfolder'),
  },
  {
    command: 'drive ls-appfolder',
    when: '`GSA_REFRESH_TOKEN`',
    requests: ['discovery', 'token', 'keys', 'list'],
    given: withEnvironmentToken,
    run: async ({ run }, made) => run('drive', 'ls-appfolder', environmentToken(made)),
  },
  {
    command: 'drive ls-appfolder',
    when: '2,500 files: three pages',
    requests: ['list', 'list', 'list'],
    given: withGeneratedFiles(2500),
    run: async ({ run }) => run('drive', 'ls-appfolder'),
  },
  {
    command: 'drive ls-appfolder',
    when: '2,500 files, `--limit 1000`',
    requests: ['list'],
    given: withGeneratedFiles(2500),
    run: async ({ run }) => run('drive', 'ls-appfolder', '--limit', '1000'),
  },
  {
    command: 'drive info',
    requests: [['folder', 'about', 'list']],
    connections: 3,
    given: withGeneratedFiles(3),
    run: async ({ run }) => run('drive', 'info'),
  },
  {
    command: 'drive get',
    when: '`NAME`',
    requests: ['list', 'content'],
    given: withFiles('one'),
    run: async ({ run, gsa }) => run('drive', 'get', 'one', '-o', join(gsa.folder, 'got')),
  },
  {
    command: 'drive get',
    when: '`--id ID`',
    requests: ['metadata', 'content'],
    given: withFiles('one'),
    run: async ({ run, gsa }, [id = '']) => run('drive', 'get', '--id', id, '-o', join(gsa.folder, 'got')),
  },
  {
    command: 'drive put',
    requests: ['new id', 'upload', 'list'],
    given: loggedIn,
    run: async ({ put }) => put('one'),
  },
  {
    command: 'drive put',
    when: '`--replace`, and it is there',
    requests: ['list', 'replace'],
    given: withFiles('one'),
    run: async ({ run, local }) => run('drive', 'put', local('one', 20), '--replace'),
  },
  {
    command: 'drive put',
    when: '`--id ID`',
    requests: ['replace'],
    given: withFiles('one'),
    run: async ({ run, local }, [id = '']) => run('drive', 'put', local('two', 20), '--id', id),
  },
  {
    command: 'drive put',
    when: 'above 5 MB',
    requests: ['new id', 'upload', 'part', 'list'],
    given: loggedIn,
    run: async ({ run, local }) => run('drive', 'put', local('long', 12 * mebibyte)),
  },
  {
    command: 'drive put',
    when: '`-`, 20 MiB in parts of 8 MiB',
    requests: ['new id', 'upload', 'part', 'part', 'part', 'list'],
    given: loggedIn,
    run: async ({ run }) => run('drive', 'put', '-', '--name', 'long', { stdin: Buffer.alloc(20 * mebibyte) }),
  },
  {
    command: 'drive rm',
    when: '`NAME`',
    requests: ['list', 'delete'],
    given: withFiles('one'),
    run: async ({ run }) => run('drive', 'rm', '--yes', 'one'),
  },
  {
    command: 'drive rm',
    when: 'three times `NAME`',
    requests: ['list', 'delete', 'delete', 'delete'],
    given: withFiles('one', 'two', 'three'),
    run: async ({ run }) => run('drive', 'rm', '--yes', 'one', 'two', 'three'),
  },
  {
    command: 'drive rm',
    when: '`--id` with two',
    requests: ['metadata', 'metadata', 'delete', 'delete'],
    given: withFiles('one', 'two'),
    run: async ({ run }, ids) => run('drive', 'rm', '--yes', '--id', ...ids),
  },
  {
    command: 'api',
    when: '`GET`',
    requests: ['about'],
    given: loggedIn,
    run: async ({ run }) => run('api', '/drive/v3/about?fields=user'),
  },
  {
    command: 'api',
    when: '`--paginate`, three pages',
    requests: ['list', 'list', 'list'],
    given: withGeneratedFiles(5),
    run: async ({ run }) => run('api', '/drive/v3/files?spaces=appDataFolder&pageSize=2', '--paginate'),
  },
  {
    command: 'api',
    when: '`POST`, an hour later',
    requests: ['discovery', 'token', 'create'],
    connections: 2,
    given: anHourAgo,
    run: async ({ run }) => run('api', 'POST', '/drive/v3/files', '-f', 'parents[]=appDataFolder'),
  },
]

const around: readonly Row[] = [
  {
    command: 'smoke',
    when: '`--account`',
    requests: ['discovery', 'token', 'folder', 'new id', 'upload', 'list', 'content', 'delete'],
    given: loggedIn,
    run: async ({ run }) => run('smoke', '--account', 'ada@example.com'),
  },
  silent('smoke', ['smoke'], { when: 'beside those to its own local Google' }),
  {
    command: 'doctor',
    when: 'with two accounts',
    requests: [
      ...(['discovery', 'sign-in page', 'token endpoint', 'keys', 'about', 'sign-in page'] as const),
      ...(['token', 'list', 'token', 'list'] as const),
    ],
    given: async ({ logIn }) => {
      await logIn()
      await logIn('grace@corp.example')
    },
    run: async ({ run }) => run('doctor'),
  },
  silent('doctor', ['doctor', '--offline'], { when: '`--offline`' }),
  silent('help', ['help', 'environment']),
  silent('completion', ['completion', 'bash']),
  silent('snippet', ['snippet', 'android']),
  silent('explain', ['explain', 'redirect_uri_mismatch']),
  silent('emulator start', [], {
    run: async ({ gsa }) => gsa.run('emulator', 'start', '--port', '0', { interruptWhen: /Ctrl-C to stop/ }),
  }),
  silent('emulator code', ['emulator', 'code', { printsSecrets: true }], {
    when: 'nothing to Google; one request to the control API',
  }),
  silent('emulator run', ['emulator', 'run', '--', 'true']),
  silent('emulator env', [], {
    when: 'nothing to Google; one request to the control API',
    run: async ({ gsa }) => {
      const other = await startEmulator({ impersonate: true })
      try {
        return await gsa.run('emulator', 'env', '--emulator', new URL(other.driveUrl).host)
      } finally {
        await other.close()
      }
    },
  }),
  silent('emulator compare', ['emulator', 'compare', '--list'], {
    when: '`--list`; without it, about a hundred requests to each of two servers',
  }),
  silent('emulator client-secrets', ['emulator', 'client-secrets', '--type', 'web', { printsSecrets: true }]),
]

const store: readonly Row[] = [
  ['store migrate'],
  ['store status'],
  ['store rotate-key', '--new-key-command', 'head -c 32 /dev/urandom | base64'],
].map(([command = '', ...more]) => silent(command, [], { run: async ({ run }) => inDatabase(run, command, more) }))

/** Runs a command of a store in a new database. */
async function inDatabase(run: User['run'], command: string, more: readonly string[]): Promise<unknown> {
  const server = await startPostgres()
  try {
    const GSA_STORE = `postgres:${(await server.createDatabase()).url}`
    const env = { GSA_STORE, GSA_STORE_KEY_COMMAND: `echo ${randomBytes(32).toString('base64')}` }
    await run('store', 'migrate', { env })
    return await run(...command.split(' '), ...more, { env })
  } finally {
    await server.end()
  }
}

/** Every command, in all cases with different requests. */
export const rows: readonly Row[] = [...codes, ...tokens, ...accounts, ...drive, ...around, ...store]
