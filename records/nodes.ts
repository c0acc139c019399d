import { sql } from 'kysely'
import type { RegisterNode } from '#contract/node.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import type { OfferedVolume } from '#contract/volume.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { releaseEarlier } from './gpu-leases.ts'
import { replaceIncarnation } from './incarnations.ts'
import { noteChange, readGpus } from './node-changes.ts'
import { lockRevocation } from './node-credentials.ts'
import { notify } from './notify.ts'

/**
 * Stores the node with what it has, or refreshes it, and starts its lease on server time.
 * @returns whether the node is shut out, or removed and not let in anew since, or a later start of its agent has registered
 * meanwhile.
 */
export async function registerNode(
  pool: Pool,
  node: RegisterNode,
  leaseMs: number,
): Promise<'registered' | 'shut_out' | 'removed' | 'replaced'> {
  return pool.transaction().execute(async (db) => {
    const credential = await lockRevocation(db, node.node_id).executeTakeFirst()
    if (credential !== undefined && credential.revoked_at !== null) return 'shut_out'
    // One that holds was given after that: removal revokes what a node has.
    if (credential === undefined && (await isRemoved(db, node.node_id))) return 'removed'
    if (!(await replaceIncarnation(db, node.node_id, node.incarnation))) return 'replaced'
    const before = await readGpus(db, node.node_id)
    const row = {
      name: node.name,
      protocol: node.protocol,
      incarnation: node.incarnation,
      slots: node.slots,
      inventory: JSON.stringify(node.inventory),
      leased_until: after(leaseMs),
      heard_at: sql<Date>`now()`,
      removed_at: null,
    }
    await db
      .insertInto('nodes')
      .values({ id: node.node_id, ...row })
      .onConflict((c) => c.column('id').doUpdateSet({ ...row, registered_at: sql<Date>`now()` }))
      .execute()
    await noteChange(db, node, before)
    await replaceGpus(db, node)
    await releaseEarlier(db, node.node_id, node.incarnation)
    const detail = { name: node.name, gpus: node.inventory.gpus.length }
    await recordAudit(db, {
      actor: node.node_id,
      action: 'node.register',
      object: node.node_id,
      detail,
    })
    await notify(db, 'kiln_placement')
    return 'registered'
  })
}

async function isRemoved(db: Db, id: string): Promise<boolean> {
  const node = await db
    .selectFrom('nodes')
    .select('removed_at')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return node !== undefined && node.removed_at !== null
}

export async function findNode(db: Db, id: string) {
  return db.selectFrom('nodes').select(['id', 'name']).where('id', '=', id).executeTakeFirst()
}

/** Whether the agent of a node can save environments. */
export async function canSave(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('nodes')
    .select(sql<boolean>`coalesce((inventory->>'saves')::boolean, false)`.as('saves'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.saves === true
}

async function replaceGpus(db: Db, node: RegisterNode): Promise<void> {
  await db.deleteFrom('gpus').where('node_id', '=', node.node_id).execute()
  for (const gpu of node.inventory.gpus) {
    const { uuid, name, driver, memory_bytes } = gpu
    const row = { uuid, name, driver, memory_bytes, node_id: node.node_id }
    await db
      .insertInto('gpus')
      .values(row)
      .onConflict((c) => c.column('uuid').doUpdateSet(row))
      .execute()
  }
}

/** Every platform that a registered node builds for, whether the node answers now or not. Empty on a farm without nodes. */
export async function readPlatforms(db: Db): Promise<readonly string[]> {
  const platform = sql<string>`jsonb_array_elements_text(inventory->'buildkit'->'platforms')`
  const rows = await db
    .selectFrom('nodes')
    .select(platform.as('platform'))
    .where('removed_at', 'is', null)
    .distinct()
    .execute()
  return rows.map((row) => row.platform).toSorted()
}

/** What a farm without nodes may yet get. */
const usualPlatforms = ['linux/amd64', 'linux/arm64']

/**
 * For what and on what a build can be built: one entry for each kind of node that takes builds for `platform`, or any
 * build when it is absent; such a build is for the platform that its node names first.
 */
export async function readBuildPlatforms(
  db: Db,
  platform: string | undefined,
): Promise<readonly BuildPlatforms[]> {
  const platforms = sql`inventory->'buildkit'->'platforms'`
  const rows = await db
    .selectFrom('nodes')
    .select(sql<string>`${platforms}->>0`.as('own'))
    .distinct()
    .where(sql<boolean>`jsonb_array_length(${platforms}) > 0`)
    .where('removed_at', 'is', null)
    .$if(platform !== undefined, (query) =>
      query.where(sql<boolean>`${platforms} @> to_jsonb(${platform}::text)`),
    )
    .execute()
  return kindsOf(
    rows.map(({ own }) => own),
    platform,
  )
}

/** The same of what nodes name, one list for each. Pure. */
export function buildPlatformsOf(
  nodes: readonly (readonly string[])[],
  platform: string | undefined,
): readonly BuildPlatforms[] {
  const able = platform === undefined ? nodes : nodes.filter((one) => one.includes(platform))
  return kindsOf([...new Set(able.flatMap(([own]) => own ?? []))], platform)
}

function kindsOf(own: readonly string[], platform: string | undefined): readonly BuildPlatforms[] {
  const known = own.length === 0 ? usualPlatforms : own.toSorted()
  return known.map((build) => ({ target: platform ?? build, build }))
}

/** Stores why a node takes no builds until its disk has room again; `null` once it has. */
export async function saveDiskLow(
  pool: Pool,
  nodeId: string,
  diskLow: string | null,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const before = await db
      .selectFrom('nodes')
      .select('disk_low')
      .where('id', '=', nodeId)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined || before.disk_low === diskLow) return
    await db.updateTable('nodes').set({ disk_low: diskLow }).where('id', '=', nodeId).execute()
    await notify(db, 'kiln_placement')
    // Only the words are new.
    if (before.disk_low !== null && diskLow !== null) return
    const action = diskLow === null ? 'node.disk_recovered' : 'node.disk_low'
    const detail = diskLow === null ? {} : { reason: diskLow }
    await recordAudit(db, { actor: nodeId, action, object: nodeId, detail })
  })
}

/** Stores what a node offers to environments by now. */
export async function saveVolumes(
  pool: Pool,
  nodeId: string,
  volumes: readonly OfferedVolume[],
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await db
      .updateTable('nodes')
      .set({
        inventory: sql<string>`jsonb_set(inventory, '{volumes}', ${JSON.stringify(volumes)}::jsonb)`,
      })
      .where('id', '=', nodeId)
      .execute()
    await notify(db, 'kiln_placement')
  })
}

/**
 * A node that says goodbye is lost at once instead of after its lease.
 * @param stopped whether it was told to stop: what it has not ended is then handed back, and was not lost.
 */
export async function endLease(pool: Pool, nodeId: string, stopped: boolean): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await db
      .updateTable('nodes')
      .set({ leased_until: sql<Date>`now()`, heard_at: sql<Date>`now()` })
      .where('id', '=', nodeId)
      .execute()
    if (stopped) {
      await db
        .updateTable('attempts')
        .set({ handed_back: true })
        .where('node_id', '=', nodeId)
        .where('finished_at', 'is', null)
        .execute()
    }
    await recordAudit(db, { actor: nodeId, action: 'node.leave', object: nodeId })
    await notify(db, 'kiln_placement')
  })
}

/** Nodes whose lease has run out within the last `withinMs`, but for those that are just leaving. */
export async function readSilent(db: Db, withinMs: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('nodes')
    .select('id')
    .where('leased_until', '<', sql<Date>`now() - interval '1 second'`)
    .where('leased_until', '>', sql<Date>`now() - ${withinMs} * interval '1 ms'`)
    .execute()
  return rows.map(({ id }) => id)
}
