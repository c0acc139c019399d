import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'

/** Why an operator lets a node have no further builds and environments; `null` when it may. */
export const closedBecause = sql<string | null>`coalesce(drained_because, cordoned_because)`

/** Lets a node take no further builds; those that it has go on. Nothing happens when there is no such node. */
export async function drainNode(scope: Scope, id: string, because: string): Promise<void> {
  await changeNode(scope, id, 'node.drain', {
    drained_because: because,
    drained_at: sql<Date>`coalesce(drained_at, now())`,
  })
}

/** Ends that. Nothing happens when there is no such node. */
export async function resumeNode(scope: Scope, id: string): Promise<void> {
  await changeNode(scope, id, 'node.resume', { drained_because: null, drained_at: null })
}

/** Lets a node have nothing new for as long as an operator wants it, whoever drains and resumes it meanwhile. */
export async function cordonNode(scope: Scope, id: string, because: string): Promise<void> {
  await changeNode(scope, id, 'node.cordon', {
    cordoned_because: because,
    cordoned_at: sql<Date>`coalesce(cordoned_at, now())`,
  })
}

/** Ends that. Nothing happens when there is no such node. */
export async function uncordonNode(scope: Scope, id: string): Promise<void> {
  await changeNode(scope, id, 'node.uncordon', { cordoned_because: null, cordoned_at: null })
}

type Change =
  | {
      readonly drained_because: string | null
      readonly drained_at: ReturnType<typeof sql<Date>> | null
    }
  | {
      readonly cordoned_because: string | null
      readonly cordoned_at: ReturnType<typeof sql<Date>> | null
    }

async function changeNode(
  { farm, actor }: Scope,
  id: string,
  action: 'node.drain' | 'node.resume' | 'node.cordon' | 'node.uncordon',
  change: Change,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('nodes')
      .set(change)
      .where('id', '=', id)
      .where('removed_at', 'is', null)
      .returning(['drained_because', 'cordoned_because'])
      .executeTakeFirst()
    if (changed === undefined) return
    const because = action === 'node.drain' ? changed.drained_because : changed.cordoned_because
    const isClosed = action === 'node.drain' || action === 'node.cordon'
    const detail = isClosed ? { because } : {}
    await recordAudit(db, { actor, action, object: id, detail })
    await notify(db, 'kiln_placement')
  })
}
