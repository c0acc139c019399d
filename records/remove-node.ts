import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'

/** What a node has that has not ended. */
export interface NodeLoad {
  readonly builds: number
  readonly environments: number
}

/**
 * Takes a node out of the farm: it is shut out, nothing is placed there, and its GPUs count for nothing. Its row stays for
 * what was built there. It comes back by joining anew.
 * @returns what it still runs, when that forbids it; `unknown` when there is no such node.
 */
export async function removeNode(
  { farm, actor }: Scope,
  id: string,
  force: boolean,
): Promise<'removed' | 'unknown' | NodeLoad> {
  return farm.transaction().execute(async (db) => {
    const node = await db
      .selectFrom('nodes')
      .select('id')
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (node === undefined) return 'unknown'
    const load = await readLoad(db, id)
    if (!force && load.builds + load.environments > 0) return load
    await db
      .updateTable('node_credentials')
      .set({
        revoked_at: sql<Date>`coalesce(revoked_at, now())`,
        revoked_because: 'removed by an operator',
      })
      .where('node_id', '=', id)
      .execute()
    await db
      .updateTable('nodes')
      .set({ removed_at: sql<Date>`now()`, leased_until: sql<Date>`least(leased_until, now())` })
      .where('id', '=', id)
      .execute()
    await db.deleteFrom('gpus').where('node_id', '=', id).execute()
    await recordAudit(db, { actor, action: 'node.remove', object: id, detail: { force, ...load } })
    await notify(db, 'kiln_placement')
    return 'removed'
  })
}

async function readLoad(db: Db, id: string): Promise<NodeLoad> {
  const { rows } = await sql<NodeLoad>`select
    (select count(*) from attempts where node_id = ${id} and finished_at is null)::int as builds,
    (select count(*) from environments where node_id = ${id} and waiting_since is null
      and state not in ('stopped', 'failed'))::int as environments`.execute(db)
  return rows[0] ?? { builds: 0, environments: 0 }
}
