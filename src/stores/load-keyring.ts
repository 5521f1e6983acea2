import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type * as Keyring from '@napi-rs/keyring'
import { Failure } from '../failures/index.ts'
import { extractedFile } from '../files/extracted-file.ts'
import { unusable } from '../files/own-file.ts'

// The suffixes of the binaries' names. Linux has one for each C library, and the wrong one cannot be loaded.
const endings: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['-gnu', '-musl', '-gnueabihf'],
  win32: ['-msvc'],
}

/**
 * Returns the keychain module for this platform, from where a package manager installs gsa's dependencies. Loads the
 * binary directly: the package itself would first read system files to detect the C library, which takes 2 ms.
 * @param configDir for a single-file binary, which contains the module, and loads a copy in this folder
 * @throws Failure `keychain_unsupported`, `config_not_private`, `config_unusable`
 */
export function loadKeyring(configDir?: () => string): typeof Keyring {
  const { platform, arch } = process
  const copy = extractedFile('keyring.node', configDir)
  try {
    if (copy !== undefined) return load(copy)
  } catch (error) {
    const { message } = error as Error
    const why = /failed to map|not permitted/.test(message) ? ': is its file system mounted with noexec?' : ''
    throw unusable(copy ?? '', `the keychain module in it cannot be loaded (${message})${why}`, error)
  }
  let cause: unknown
  const keyring = dependency('@napi-rs/keyring', ownPackage())
  if (keyring !== undefined)
    for (const ending of endings[platform] ?? ['']) {
      const target = `${platform}-${arch}${ending}`
      const folder = dependency(`@napi-rs/keyring-${target}`, keyring)
      try {
        if (folder !== undefined) return load(join(folder, `keyring.${target}.node`))
      } catch (error) {
        cause = error
      }
    }
  throw new Failure('keychain_unsupported', { platform: `${platform} ${arch}` }, { cause })
}

function load(file: string): typeof Keyring {
  if (isPnp()) return createRequire(import.meta.filename)(file) as typeof Keyring
  // `require` would load node:module and look for the file, which takes another millisecond.
  const module = { exports: {} }
  process.dlopen(module, file)
  return module.exports as typeof Keyring
}

// Yarn's Plug'n'Play has no node_modules, only finds dependencies, and changes `require` for its archives.
const isPnp = (): boolean => 'pnp' in process.versions

function ownPackage(): string {
  const folders = foldersAbove(import.meta.filename)
  return folders.find((folder) => existsSync(join(folder, 'package.json'))) ?? dirname(import.meta.filename)
}

/**
 * Returns the folder of a package's dependency: it is in that package's node_modules, or in one that contains both.
 * `require` would also look in other folders above, in the home folder and in NODE_PATH, where others may have put
 * their files.
 */
function dependency(name: string, dependent: string): string | undefined {
  if (isPnp()) return dirname(createRequire(join(dependent, 'x')).resolve(`${name}/package.json`))
  const holders = foldersAbove(dependent).filter((folder) => basename(folder) === 'node_modules')
  const found = [join(dependent, 'node_modules'), ...holders].map((folder) => join(folder, name)).find(existsSync)
  return found === undefined ? undefined : realpathSync(found)
}

/** Returns the folders that contain a file or folder, innermost first. */
function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}
