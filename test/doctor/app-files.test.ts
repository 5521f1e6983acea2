import { describe, expect, test } from 'vitest'
import { withGsa } from '../support/harness.ts'
import { step } from './checked.ts'

const web = '100000000001-web.apps.googleusercontent.com'
const ios = '100000000001-ios.apps.googleusercontent.com'
const reversed = 'com.googleusercontent.apps.100000000001-ios'
const foreign = '200000000002-web.apps.googleusercontent.com'

type Row = readonly [what: string, content: string, step: string, status: string, text: string]

/** Returns the rows by name, and the exit code of a run that checks the file. */
function cases(
  rows: readonly Row[],
): { what: string; content: string; rule: string; status: string; expected: object }[] {
  return rows.map(([what, content, rule, status, text]) => ({
    what,
    content,
    rule,
    status,
    expected: { status, said: expect.stringContaining(text) as string, exitCode: status === 'failed' ? 2 : 0 },
  }))
}

/** Checks a file; returns status, cause and fix of one rule. */
async function look(flag: string, name: string, { content, rule }: { content: string; rule: string }): Promise<object> {
  let seen = {}
  await withGsa(async (gsa) => {
    const result = await gsa.run('doctor', '--offline', '--json', flag, gsa.file(name, content))
    const { status, detail, fix = '' } = step(result, rule)
    seen = { status, said: `${detail} ${fix}`, exitCode: result.exitCode }
  })
  return seen
}

const plist = (members: string): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>CFBundleName</key><string>A &amp; B</string>
  <key>LSRequiresIPhoneOS</key><true/>
  <key>UIDeviceFamily</key><array><integer>1</integer></array>
  ${members}
</dict>
</plist>
`
const key = (name: string, value: string): string => `<key>${name}</key>\n  <string>${value}</string>`
const scheme = (value: string): string =>
  `<key>CFBundleURLTypes</key><array><dict>
     <!-- Google --><key>CFBundleTypeRole</key><string>Editor</string>
     <key>CFBundleURLSchemes</key><array><string>my-app</string><string>${value}</string></array>
   </dict></array>`
const goodPlist = plist([key('GIDClientID', ios), key('GIDServerClientID', web), scheme(reversed)].join('\n  '))
const ids = (client: string, server: string, urlScheme = client.split('.').toReversed().join('.')): string =>
  plist(`${key('GIDClientID', client)}${key('GIDServerClientID', server)}${scheme(urlScheme)}`)

const infoPlistRows: readonly Row[] = [
  ['that is right', goodPlist, 'info-plist', 'passed', 'Info.plist'],
  ['with both ids', goodPlist, 'info-plist-client-id', 'passed', ios],
  ['with the web client that is here', goodPlist, 'info-plist-server-client-id', 'passed', 'the configured client'],
  ['with the reversed client id', goodPlist, 'info-plist-url-scheme', 'passed', reversed],
  ['that is empty', '', 'info-plist', 'failed', 'not an XML property list'],
  ['that is cut', goodPlist.slice(0, -20), 'info-plist', 'failed', 'not an XML property list'],
  ['that is JSON', '{}', 'info-plist', 'failed', 'not an XML property list'],
  ['with a list at the top', '<plist><array/></plist>', 'info-plist', 'failed', 'a top-level dictionary'],
  ['nested without end', `<plist>${'<array>'.repeat(100_000)}`, 'info-plist', 'failed', 'not an XML property list'],
  ['that is binary', 'bplist00\u00ff\u0000', 'info-plist', 'failed', 'plutil -convert xml1'],
  ['without ids', plist(''), 'info-plist-client-id', 'failed', 'has no GIDClientID'],
  ['with an empty id', plist(key('GIDClientID', '')), 'info-plist-client-id', 'failed', 'has no GIDClientID'],
  [
    'with a reversed id',
    plist(key('GIDClientID', reversed)),
    'info-plist-client-id',
    'failed',
    'not reversed, and not truncated',
  ],
  ['with a build setting', ids('$(GOOGLE_ID)', web), 'info-plist-client-id', 'skipped', '$(GOOGLE_ID)'],
  [
    'without a server id',
    plist(key('GIDClientID', ios)),
    'info-plist-server-client-id',
    'failed',
    'has no GIDServerClientID',
  ],
  ['with a duplicate id', ids(ios, ios), 'info-plist-server-client-id', 'failed', 'the same id'],
  ['with ids from two projects', ids(ios, foreign), 'info-plist-server-client-id', 'failed', 'invalid_audience'],
  [
    'with another web client of the project',
    ids(ios, web.replace('web', 'other')),
    'info-plist-server-client-id',
    'warning',
    'Use one web client for both',
  ],
  [
    'with the ids of another project',
    ids(foreign.replace('web', 'ios'), foreign),
    'info-plist-server-client-id',
    'warning',
    'different Cloud projects',
  ],
  ['without the scheme', ids(ios, web, 'other'), 'info-plist-url-scheme', 'failed', reversed],
  [
    'with the scheme as a build setting',
    ids(ios, web, '$(REVERSED)'),
    'info-plist-url-scheme',
    'skipped',
    '$(REVERSED)',
  ],
]

describe('an Info.plist', () => {
  test.each(cases(infoPlistRows))('$what: $rule is $status', async ({ expected, ...row }) => {
    expect(await look('--info-plist', 'Info.plist', row)).toMatchObject(expected)
  })
})

const android = (hash: string): Record<string, unknown> => ({
  client_id: '100000000001-android.apps.googleusercontent.com',
  client_type: 1,
  android_info: { package_name: 'com.example.app', certificate_hash: hash },
})
const services = (...clients: readonly Record<string, unknown>[]): string =>
  JSON.stringify({
    project_info: { project_number: '100000000001', project_id: 'example' },
    client: [{ client_info: {}, oauth_client: clients }],
    configuration_version: '1',
  })
const webOf = (id: string): Record<string, unknown> => ({ client_id: id, client_type: 3 })
const hash = '5e8f16062ea3cd2c4a0d547876baa6f38cabf625'

const googleServicesRows: readonly Row[] = [
  ['that is right', services(android(hash), webOf(web)), 'google-services', 'passed', 'google-services.json'],
  [
    'with a certificate',
    services(android(hash), webOf(web)),
    'google-services-android-client',
    'passed',
    'com.example.app with 5e8f1606…',
  ],
  [
    'with the configured web client',
    services(android(hash), webOf(web)),
    'google-services-web-client',
    'passed',
    'the configured client',
  ],
  ['that is truncated', '{"project_info":{', 'google-services', 'failed', 'is not the google-services.json'],
  ['of another kind', '{"web":{}}', 'google-services', 'failed', 'no project_info'],
  [
    'without an app',
    '{"project_info":{"project_number":"1"}}',
    'google-services-web-client',
    'failed',
    'no web client',
  ],
  ['without an Android client', services(webOf(web)), 'google-services-android-client', 'failed', 'DEVELOPER_ERROR'],
  ['without a certificate', services(android(''), webOf(web)), 'google-services-android-client', 'failed', 'SHA-1'],
  ['without a web client', services(android(hash)), 'google-services-web-client', 'failed', 'client_type 3'],
  [
    'with a web client of another project',
    services(android(hash), webOf(foreign)),
    'google-services-web-client',
    'failed',
    foreign,
  ],
  [
    'with another web client of the project',
    services(android(hash), webOf(web.replace('web', 'other'))),
    'google-services-web-client',
    'warning',
    'Use one web client for both',
  ],
]

describe('a google-services.json', () => {
  test.each(cases(googleServicesRows))('$what: $rule is $status', async ({ expected, ...row }) => {
    expect(await look('--google-services', 'google-services.json', row)).toMatchObject(expected)
  })
})

const podfileLock = (version: string): string => `PODS:
  - AppAuth (1.7.5):
    - AppAuth/Core (= 1.7.5)
  - GoogleSignIn (${version}):
    - AppAuth (< 2.0, >= 1.7.3)
  - RNGoogleSignin (8.0.0):
    - GoogleSignIn (~> 7.1)

DEPENDENCIES:
  - GoogleSignIn (~> ${version})
`
const pin = (state: Record<string, string>): Record<string, unknown> => ({
  identity: 'googlesignin-ios',
  location: 'https://github.com/google/GoogleSignIn-iOS',
  state,
})
const resolved = (...pins: readonly Record<string, unknown>[]): string => JSON.stringify({ pins, version: 2 })

const lockRows: readonly Row[] = [
  ['with the current version', podfileLock('9.1.0'), 'podfile-lock-google-sign-in', 'passed', '9.1.0'],
  ['with the first supported one', podfileLock('7.1.0'), 'podfile-lock-google-sign-in', 'passed', '7.1.0'],
  ['with the one before it', podfileLock('7.0.0'), 'podfile-lock-google-sign-in', 'warning', 'privacy manifest'],
  ['with an old one', podfileLock('6.2.4'), 'podfile-lock-google-sign-in', 'warning', 'pod update GoogleSignIn'],
  ['without GoogleSignIn', 'PODS:\n  - AppAuth (1.7.5)\n', 'podfile-lock-google-sign-in', 'skipped', 'not in the file'],
  ['that is invalid', 'hello', 'podfile-lock', 'failed', 'neither a Podfile.lock nor a Package.resolved'],
  ['for Swift packages', resolved(pin({ version: '8.0.0' })), 'podfile-lock-google-sign-in', 'passed', '8.0.0'],
  ['for Swift packages, old', resolved(pin({ version: '7.0.0' })), 'podfile-lock-google-sign-in', 'warning', '7.0.0'],
  [
    'for Swift packages, a branch',
    resolved(pin({ branch: 'main' })),
    'podfile-lock-google-sign-in',
    'skipped',
    'a branch',
  ],
  ['for Swift packages, others', resolved(), 'podfile-lock-google-sign-in', 'skipped', 'not in the file'],
  [
    'for Swift packages, the first format',
    JSON.stringify({ object: { pins: [{ package: 'GoogleSignIn', state: { version: '6.0.0' } }] }, version: 1 }),
    'podfile-lock-google-sign-in',
    'warning',
    '6.0.0',
  ],
]

describe('a lock file', () => {
  test.each(cases(lockRows))('$what: $rule is $status', async ({ expected, ...row }) => {
    expect(await look('--podfile-lock', 'Podfile.lock', row)).toMatchObject(expected)
  })
})

test('a missing file is reported as missing', async () => {
  await withGsa(async (gsa) => {
    const result = await gsa.run('doctor', '--offline', '--json', '--info-plist', `${gsa.folder}/none`)
    expect(result.exitCode).toBe(2)
    expect(step(result, 'info-plist').detail).toContain('it does not exist')
    expect(step(result, 'info-plist-client-id').detail).toBe('needs: Info.plist can be read')
  })
})
