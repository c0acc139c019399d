import { type RawBuilder, sql } from 'kysely'
import type { Db } from './connect.ts'

export interface AuditEntry {
  /** Who did it: `user:NAME/TOKEN`, `api` for an operator without a token of their own, `farm` or a node id. */
  readonly actor: string
  readonly action: string
  /** Id or name of what was changed. */
  readonly object: string
  readonly detail?: object
  /** Of the project that it concerns, where the object does not say. */
  readonly projectId?: number | undefined
}

/** Written in the transaction of the change itself, so that there is never one without the other. */
export async function recordAudit(db: Db, entry: AuditEntry): Promise<void> {
  await recordAudits(db, [entry])
}

/** Several in one statement; not none. `db` may be that of a statement which does more. */
export async function recordAudits(
  db: Pick<Db, 'insertInto'>,
  entries: readonly AuditEntry[],
): Promise<void> {
  const rows = entries.map(({ actor, action, object, detail = {}, projectId }) => ({
    actor,
    action,
    object,
    detail: JSON.stringify(detail),
    project_id: projectId ?? projectOf(action, object),
  }))
  await db.insertInto('audit').values(rows).execute()
}

/** The project of what was changed, by the kind of thing that the action is about. */
function projectOf(action: string, object: string): RawBuilder<number> | null {
  const [kind] = action.split('.')
  if (kind === 'build' || kind === 'attempt') {
    return sql`(select project_id from builds where id = ${object})`
  }
  if (kind === 'image' || kind === 'version') {
    return sql`(select project_id from images where name = ${object})`
  }
  if (kind === 'project' || kind === 'secret') {
    return sql`(select id from projects where name = split_part(${object}, '/', 1))`
  }
  return null
}
