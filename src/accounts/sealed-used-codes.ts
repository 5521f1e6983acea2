import { randomUUID } from 'node:crypto'
import { parseJsonObject } from '../core/json.ts'
import type { SealedDatabase, SealedRow } from '../database/sealed-database.ts'
import { codeLifetimeMs, hashOfCode, rememberedMs, tidyEveryMs, usedBefore, type UsedCodes } from './used-codes.ts'

/** Records codes in a database, so that only one of all its processes may send a code. */
export function sealedUsedCodes(database: SealedDatabase): UsedCodes {
  let tidiedAt = 0
  const tidy = async (): Promise<void> => {
    if (Date.now() - tidiedAt < tidyEveryMs) return
    tidiedAt = Date.now()
    await database.query(`DELETE FROM gsa.used_codes WHERE sent_at < now() - make_interval(secs => $1)`, [
      rememberedMs / 1000,
    ])
  }
  const rowOf = (hash: string): SealedRow => ({ table: 'used_codes', key: [hash] })
  return {
    async mark(code) {
      await tidy()
      // Repeated after a lost connection, the statement finds its own mark.
      const owner = randomUUID()
      const [row] = await database.query(
        `INSERT INTO gsa.used_codes (hash, owner) VALUES ($1, $2)
         ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash RETURNING owner, extract(epoch FROM sent_at) * 1000 AS sent_ms`,
        [hashOfCode(code), owner],
      )
      if (row?.['owner'] !== owner) throw usedBefore(timeOf(row?.['sent_ms']))
    },
    async unmark(code) {
      await database.query('DELETE FROM gsa.used_codes WHERE hash = $1', [hashOfCode(code)])
    },
    outcomes: {
      async find(code) {
        const hash = hashOfCode(code)
        const [row] = await database.query(
          `SELECT key_id, wrapped_key, box FROM gsa.used_codes
           WHERE hash = $1 AND box IS NOT NULL AND sent_at > now() - make_interval(secs => $2)`,
          [hash, codeLifetimeMs / 1000],
        )
        return row === undefined ? undefined : parseJsonObject(Buffer.from(await database.unsealed(rowOf(hash), row)))
      },
      async keep(code, outcome) {
        const hash = hashOfCode(code)
        await database.writeSealed(rowOf(hash), JSON.stringify(outcome), ({ keyId, wrappedKey, box }) => [
          `INSERT INTO gsa.used_codes (hash, owner, key_id, wrapped_key, box)
           SELECT $1, gen_random_uuid(), $2, $3, $4 FROM gsa.store WHERE key_id = $2
           ON CONFLICT (hash) DO UPDATE
             SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, box = excluded.box
           RETURNING 1`,
          [hash, keyId, wrappedKey, box],
        ])
      },
    },
  }
}

// Another program may have written an infinite one.
function timeOf(column: unknown): number {
  const ms = Number(column)
  return Number.isFinite(ms) ? ms : Date.now()
}
