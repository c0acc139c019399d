import type { Digest } from '#contract/image.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

export interface ContextRecord {
  readonly digest: Digest
  readonly bytes: number
  readonly files: number
}

/** Remembers a stored context. The same bytes again are the same context. */
export async function storeContext(pool: Pool, context: ContextRecord): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const stored = await db
      .insertInto('contexts')
      .values(context)
      .onConflict((c) => c.column('digest').doNothing())
      .returning('digest')
      .executeTakeFirst()
    if (stored === undefined) return
    const { digest: object, ...detail } = context
    await recordAudit(db, { actor: 'api', action: 'context.upload', object, detail })
  })
}

export async function hasContext(db: Db, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom('contexts')
    .select('digest')
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row !== undefined
}
