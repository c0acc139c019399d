import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Pool } from './connect.ts'

const pageSize = 500

/** A row as it was when it became part of the chain: what its hash is of. */
interface SealedRow {
  readonly seq: number
  readonly position: number | null
  readonly previous: Buffer | null
  readonly hash: Buffer | null
  /** All of its columns but those of the chain, as JSON. */
  readonly sealed: string
}

/**
 * Makes the next rows part of the chain: each gets its place and a hash of the one before and of itself. Whoever changes
 * something does not wait for that. @returns whether there may be more.
 */
export async function chainAudit(pool: Pool): Promise<boolean> {
  // Most of the time there is none, which takes no transaction.
  const { rows: waiting } = await sql<{ some: boolean }>`
    select exists (select from audit where position is null) as some`.execute(pool)
  if (waiting[0]?.some !== true) return false
  return pool.transaction().execute(async (db) => {
    const { rows: locked } = await sql<{ mine: boolean }>`
      select pg_try_advisory_xact_lock(hashtext('kiln audit chain')) as mine`.execute(db)
    if (locked[0]?.mine !== true) return false
    const rows = await readRows(db, sql`position is null order by seq limit ${pageSize}`)
    if (rows.length === 0) return false
    const head = await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
    let { position, hash } = head
    const chained = rows.map(({ seq, sealed }) => {
      const previous = hash
      position += 1
      hash = hashOf(position, previous, sealed)
      return { seq, position, previous, hash }
    })
    await sql`
      update audit set position = chained.position, previous = chained.previous, hash = chained.hash
      from unnest(${chained.map(({ seq }) => seq)}::bigint[],
        ${chained.map((one) => one.position)}::bigint[], ${chained.map((one) => one.previous)}::bytea[],
        ${chained.map((one) => one.hash)}::bytea[]) as chained (seq, position, previous, hash)
      where audit.seq = chained.seq`.execute(db)
    await db.updateTable('audit_head').set({ position, hash }).execute()
    return rows.length === pageSize
  })
}

export type AuditCheck =
  | { readonly ok: true; readonly rows: number; readonly hash: string }
  | {
      readonly ok: false
      /** Place in the chain. */
      readonly position: number
      readonly problem: 'changed' | 'missing' | 'added'
    }

/** Goes through the whole chain. @returns the first row that is not as it was, or not there. */
export async function checkAudit(pool: Pool): Promise<AuditCheck> {
  // Of one moment, while rows are added to it.
  const moment = pool.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return moment.execute(async (db) => {
    const head = await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
    let position = 0
    let previous: Buffer = createHash('sha256').digest()
    for (;;) {
      const next = sql`position > ${position} order by position limit ${pageSize}`
      const rows = await readRows(db, next)
      for (const row of rows) {
        position += 1
        if (row.position !== position) return { ok: false, position, problem: 'missing' }
        if (position > head.position) return { ok: false, position, problem: 'added' }
        const hash = hashOf(position, previous, row.sealed)
        const isWhole = row.hash?.equals(hash) === true && row.previous?.equals(previous) === true
        if (!isWhole) return { ok: false, position, problem: 'changed' }
        previous = hash
      }
      if (rows.length < pageSize) break
    }
    if (position < head.position) return { ok: false, position: position + 1, problem: 'missing' }
    if (!previous.equals(head.hash)) return { ok: false, position, problem: 'changed' }
    return { ok: true, rows: position, hash: previous.toString('hex') }
  })
}

/** Times to the microsecond: they are what was stored. */
export const sealedText = sql<string>`jsonb_build_array(seq,
  to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, action, object, project_id, detail)::text`

async function readRows(db: Db, which: ReturnType<typeof sql>): Promise<readonly SealedRow[]> {
  const { rows } = await sql<SealedRow>`
    select seq, position, previous, hash, ${sealedText} as sealed from audit where ${which}`.execute(
    db,
  )
  return rows
}

/** SHA-256 of the place, the hash before in hex and the row, each on a line. */
function hashOf(position: number, previous: Buffer, sealed: string): Buffer {
  return createHash('sha256')
    .update(`${position}\n${previous.toString('hex')}\n${sealed}`)
    .digest()
}
