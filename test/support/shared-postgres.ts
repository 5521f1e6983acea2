import { afterAll, beforeEach } from 'vitest'
import { type Postgres, startPostgres } from './postgres.ts'
import { needs } from './system-parts.ts'

/** Starts a server with the first test of a file, and ends it after the last. Returns a function that returns it. */
export function sharedPostgres(): () => Postgres {
  let running: Postgres | undefined
  beforeEach(async ({ skip }) => {
    needs({ skip }, 'PostgreSQL')
    running ??= await startPostgres()
  })
  afterAll(async () => running?.end())
  return () => {
    if (running === undefined) throw new Error('the server starts with the first test')
    return running
  }
}
