import { configDir } from '../../files/config-dir.ts'
import { extractedFile } from '../../files/extracted-file.ts'
import type { Context } from '../../terminal/context.ts'

/** Returns a copy of bin/node-preload.js that stays when a single-file binary ends; undefined if this is none. */
export function nodePreload({ env, platform }: Context): string | undefined {
  return extractedFile('node-preload.cjs', () => configDir(env, platform))
}
