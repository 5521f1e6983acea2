import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type * as Keyring from '@napi-rs/keyring'
import { Failure } from '../failures/index.ts'

// What the names of the binaries end with. For Linux there is one for each C library, and
// the wrong one cannot be loaded.
const endings: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['-gnu', '-musl', '-gnueabihf'],
  win32: ['-msvc'],
}

/**
 * Returns the keychain module for this platform, from where a package manager puts what gsa depends on. Its binary is
 * loaded directly: the package itself would first read files of the system to learn which C library there is, for 2 ms.
 * @throws Failure `keychain_unsupported`
 */
export function loadKeyring(): typeof Keyring {
  const { platform, arch } = process
  let cause: unknown
  const keyring = dependency('@napi-rs/keyring', ownPackage())
  if (keyring !== undefined)
    for (const ending of endings[platform] ?? ['']) {
      const binary = dependency(`@napi-rs/keyring-${platform}-${arch}${ending}`, keyring)
      try {
        if (binary !== undefined) return createRequire(import.meta.filename)(binary) as typeof Keyring
      } catch (error) {
        cause = error
      }
    }
  throw new Failure('keychain_unsupported', { platform: `${platform} ${arch}` }, { cause })
}

function ownPackage(): string {
  const folders = foldersAbove(import.meta.filename)
  return folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? dirname(import.meta.filename)
}

/**
 * Returns the folder of a package that another one depends on: it is in the node_modules of that one, or in one
 * that holds both. `require` would also look beside every other folder above, in the home and in NODE_PATH,
 * where others may have put theirs.
 */
function dependency(name: string, dependent: string): string | undefined {
  // Plug'n'Play, of Yarn, has no node_modules, and finds nothing but dependencies.
  if ('pnp' in process.versions) return dirname(createRequire(join(dependent, 'x')).resolve(`${name}/package.json`))
  const holders = foldersAbove(dependent).filter((folder) => basename(folder) === 'node_modules')
  const found = [join(dependent, 'node_modules'), ...holders].map((folder) => join(folder, name)).find(existsSync)
  return found === undefined ? undefined : realpathSync(found)
}

/** Returns the folders that a file or folder is in, the innermost first. */
function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}
