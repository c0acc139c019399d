import type { Db } from './connect.ts'

export interface AuditEntry {
  /** Who did it: `user:NAME/TOKEN`, `api` for an operator without a token of their own, `farm` or a node id. */
  readonly actor: string
  readonly action: string
  /** Id or name of what was changed. */
  readonly object: string
  readonly detail?: object
}

/** Written in the transaction of the change itself, so that there is never one without the other. */
export async function recordAudit(db: Db, entry: AuditEntry): Promise<void> {
  await recordAudits(db, [entry])
}

/** Several in one statement; not none. */
export async function recordAudits(db: Db, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map(({ detail = {}, ...entry }) => ({
    ...entry,
    detail: JSON.stringify(detail),
  }))
  await db.insertInto('audit').values(rows).execute()
}
