import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'

/** Lets a node take no further builds; those that it has go on. Nothing happens when there is no such node. */
export async function drainNode(scope: Scope, id: string, because: string): Promise<void> {
  await changeNode(scope, id, 'node.drain', because)
}

/** Lets it take builds again. Nothing happens when there is no such node. */
export async function resumeNode(scope: Scope, id: string): Promise<void> {
  await changeNode(scope, id, 'node.resume', null)
}

async function changeNode(
  { farm, actor }: Scope,
  id: string,
  action: 'node.drain' | 'node.resume',
  because: string | null,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('nodes')
      .set({
        drained_because: because,
        drained_at: because === null ? null : sql<Date>`coalesce(drained_at, now())`,
      })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) return
    const detail = because === null ? {} : { because }
    await recordAudit(db, { actor, action, object: id, detail })
    await notify(db, 'kiln_placement')
  })
}
