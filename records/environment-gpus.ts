import { sql } from 'kysely'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import { grantLock } from './gpu-leases.ts'
import { notify } from './notify.ts'

/**
 * Leases a GPU to a start until that ends: it runs on when neither its agent nor the server is there to renew anything.
 * @returns false when somebody else has it.
 */
export async function leaseForEnvironment(
  db: Db,
  { environmentId, start }: EnvironmentRef,
  nodeId: string,
  gpu: LeasedGpu,
): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${grantLock}, hashtext(${nodeId}))`.execute(db)
  await sql`update gpu_leases set released_at = now()
    where uuid = ${gpu.uuid} and released_at is null and not leftover and leased_until < now()`.execute(
    db,
  )
  const leased = await db
    .insertInto('gpu_leases')
    .values({
      uuid: gpu.uuid,
      node_id: nodeId,
      incarnation: sql<string>`(select incarnation from nodes where id = ${nodeId})`,
      environment_id: environmentId,
      attempt: start,
      purpose: 'environment',
      gpu: JSON.stringify(gpu),
      leased_until: sql<Date>`'infinity'`,
    })
    .onConflict((c) => c.column('uuid').where('released_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (leased === undefined) return false
  const detail = { environmentId, start, nodeId }
  await recordAudit(db, { actor: 'farm', action: 'gpu.lease', object: gpu.uuid, detail })
  return true
}

/** Frees what a start holds. With `leftover` it stays held until its node says that nothing runs on it any more. */
export async function releaseEnvironment(
  db: Db,
  { environmentId, start }: EnvironmentRef,
  { leftover }: { readonly leftover: boolean },
): Promise<void> {
  const held = await db
    .updateTable('gpu_leases')
    .set(leftover ? { leftover: true } : { released_at: sql<Date>`now()` })
    .where('environment_id', '=', environmentId)
    .where('attempt', '=', start)
    .where('released_at', 'is', null)
    .where('leftover', '=', false)
    .returning('uuid')
    .execute()
  const action = leftover ? 'gpu.leftover' : 'gpu.free'
  for (const { uuid } of held) {
    const detail = { environmentId, start }
    await recordAudit(db, { actor: 'farm', action, object: uuid, detail })
  }
  if (held.length > 0) await notify(db, 'kiln_placement')
}

/** UUID of the GPU that a start has. */
export async function findGpuOf(
  db: Db,
  { environmentId, start }: EnvironmentRef,
): Promise<string | undefined> {
  const lease = await db
    .selectFrom('gpu_leases')
    .select('uuid')
    .where('environment_id', '=', environmentId)
    .where('attempt', '=', start)
    .where('released_at', 'is', null)
    .executeTakeFirst()
  return lease?.uuid
}

/** UUIDs that nobody can be given now. */
export async function readTaken(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('gpu_leases')
    .select('uuid')
    .where('released_at', 'is', null)
    .where((where) =>
      where.or([where('leftover', '=', true), where('leased_until', '>', sql<Date>`now()`)]),
    )
    .execute()
  return new Set(rows.map(({ uuid }) => uuid))
}
