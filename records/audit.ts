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
  const { actor, action, object, detail = {} } = entry
  await db
    .insertInto('audit')
    .values({ actor, action, object, detail: JSON.stringify(detail) })
    .execute()
}
