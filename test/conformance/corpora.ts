import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'

// Third-party data lies beside the checkout and is never copied into it.
const folder = join(import.meta.dirname, '../../../shared/corpora')

/** A JSON file of the corpora; undefined where they are not there. */
export function corpus(path: string): unknown {
  const file = join(folder, path)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as unknown) : undefined
}

/** What {@link corpus} gave, or the test is skipped with the reason. */
export function present<T>(data: T | undefined, { skip }: Pick<TestContext, 'skip'>): T {
  if (data === undefined) skip('needs ../shared/corpora')
  return data as T
}
