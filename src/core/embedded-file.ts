import { dirname } from 'node:path'

/**
 * Returns a file that a single-file binary contains; undefined if this is none. The binary's loader gives its modules
 * paths below the binary itself, as if it were a folder (scripts/binaries/loader.cjs).
 */
export function embeddedFile(name: string): Buffer | undefined {
  return isSingleFile() ? Buffer.from(process.getBuiltinModule('node:sea').getRawAsset(name) as ArrayBuffer) : undefined
}

/** Returns the first words of a command that runs Node.js: a single-file binary is one, after a word for its loader. */
export function nodeCommand(): readonly string[] {
  return isSingleFile() ? [process.execPath, '__node'] : [process.execPath]
}

function isSingleFile(): boolean {
  return dirname(import.meta.dirname) === process.execPath
}
