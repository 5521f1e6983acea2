import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

// Third-party data is stored beside the checkout and is never copied into it.
const folder = join(import.meta.dirname, '../../../shared/corpora')

/** Returns a JSON file of the corpora, or undefined if they are missing. */
export function corpus(path: string): unknown {
  const file = join(folder, path)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined
}

/** Returns the result of {@link corpus}, or skips the test with the reason. */
export function present<T>(data: T | undefined, { skip }: Pick<TestContext, 'skip'>): T {
  if (data === undefined) skip('needs ../shared/corpora')
  return data as T
}
