import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { client, createCode, signIn } from './google.js'
import { makeFolder, removeFolder } from './gsa.js'
import { childEnvironment, inRepository, startProcess } from './start-process.js'

const account = 'ada@example.com'
const endpoints = {
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
}
const cloudScopes = ['openid', 'email', 'https://www.googleapis.com/auth/cloud-platform']

/**
 * Starts an emulator in place of Google's hosts, signs in every program, and calls `use` with a function for each: it
 * runs the program to its end and returns `{ seconds, output }`. gsa has its tokens in the keychain, and the others in
 * their files. `gsaAlone` and `nodeAlone` run without the emulator's variables.
 */
export async function withPeers(keychain, use) {
  const folder = makeFolder()
  const emulator = startProcess('scripts/bench/processes/impersonation.js')
  try {
    const { address, proxy } = JSON.parse(await emulator.line())
    const google = { issuer: address }
    const own = { HOME: folder, GSA_CONFIG_DIR: join(folder, 'gsa'), ...keychain.env }
    const env = {
      ...own,
      ...proxy.environment,
      PATH: [proxy.environment.PATH, process.env.PATH].join(delimiter),
      ...(await signInPeers(google, folder)),
    }
    const { node, gsa } = nodePrograms(env)
    const { node: nodeAlone, gsa: gsaAlone } = nodePrograms(own)
    const clientSecrets = join(folder, 'client_secret.json')
    writeFileSync(clientSecrets, JSON.stringify({ web: { ...client, ...endpoints } }))
    const exchange = ['exchange', '-', '--yes', '--client-secrets', clientSecrets]
    run([process.execPath, inRepository('bin/gsa.js'), ...exchange], env, await createCode(google, account))
    const program =
      (name) =>
      (...argv) =>
        run([name, ...argv], env)
    const others = { rclone: program('rclone'), gh: program('gh'), gcloud: program('gcloud') }
    return await use({ google, account, gsa, gsaAlone, node, nodeAlone, ...others })
  } finally {
    await emulator.end()
    removeFolder(folder)
  }
}

function nodePrograms(env) {
  const node = (...argv) => run([process.execPath, ...argv], env)
  return { node, gsa: (...argv) => node(inRepository('bin/gsa.js'), ...argv) }
}

/** Writes the configuration of rclone, gh and gcloud. Returns the variables with which they find it. */
async function signInPeers(google, folder) {
  const rclone = join(folder, 'rclone.conf')
  const { access_token: accessToken, refresh_token: refreshToken } = await signIn(google, account)
  const expiry = new Date(Date.now() + 3_500_000).toISOString()
  const token = { access_token: accessToken, token_type: 'Bearer', refresh_token: refreshToken, expiry }
  writeFileSync(
    rclone,
    [
      '[app]',
      'type = drive',
      `client_id = ${client.client_id}`,
      `client_secret = ${client.client_secret}`,
      'scope = drive.appfolder',
      'root_folder_id = appDataFolder',
      'use_trash = false',
      `token = ${JSON.stringify(token)}`,
      '',
    ].join('\n'),
  )
  const [gh, gcloud] = ['gh', 'gcloud'].map((name) => join(folder, name))
  mkdirSync(gh)
  writeFileSync(join(gh, 'hosts.yml'), 'github.com:\n    user: ada\n    oauth_token: gho_example\n')
  mkdirSync(gcloud)
  const { refresh_token: cloudToken } = await signIn(google, account, cloudScopes)
  const credentials = { type: 'authorized_user', ...client, refresh_token: cloudToken }
  const defaultCredentials = join(gcloud, 'application_default_credentials.json')
  writeFileSync(defaultCredentials, JSON.stringify(credentials))
  return {
    RCLONE_CONFIG: rclone,
    GH_CONFIG_DIR: gh,
    // Variables with a token take precedence over the files.
    GH_TOKEN: '',
    GITHUB_TOKEN: '',
    CLOUDSDK_CONFIG: gcloud,
    GOOGLE_APPLICATION_CREDENTIALS: defaultCredentials,
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
  }
}

/** Runs a program to its end. Throws if it fails, because that is not a measurement. */
function run([program, ...argv], env, input = '') {
  const options = { env: childEnvironment(env), encoding: 'utf8', input, maxBuffer: Number.POSITIVE_INFINITY }
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(program, argv, options)
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${[program, ...argv].join(' ')} ended with ${status}: ${stderr}`)
  return { seconds, output: stdout }
}
