import { sql } from 'kysely'
import type { NodeEnvironments } from '#contract/environment.ts'
import type { Db, Pool } from './connect.ts'
import { stopEnvironment } from './environments.ts'
import { storeVolumeUse } from './volume-use.ts'

type Told = NodeEnvironments['environments'][number]

/**
 * Notes what the environments of a node have used, and asks those to stop that have written more than they may. Each start
 * counts its processor time from 0.
 */
export async function noteUsage(
  pool: Pool,
  nodeId: string,
  { environments }: NodeEnvironments,
): Promise<void> {
  for (const told of environments) {
    if (told.usage !== undefined && (await storeUsage(pool, nodeId, told))) {
      await stopEnvironment(pool, told.id, { actor: 'farm', reason: 'disk_exceeded' })
    }
  }
}

/** @returns whether it runs, and has written more than it may. */
async function storeUsage(db: Db, nodeId: string, { id, start, usage }: Told): Promise<boolean> {
  if (usage === undefined) return false
  const { cpu_ms: cpu, memory_bytes: memory, written_bytes: written } = usage
  const row = await db
    .updateTable('environments')
    .set({
      ...(cpu !== undefined && {
        cpu_ms: sql<number>`cpu_ms + greatest(0, ${cpu} - cpu_ms_of_start)`,
        cpu_ms_of_start: cpu,
      }),
      ...(memory !== undefined && { memory_used: memory }),
      ...(written !== undefined && { written_bytes: written }),
      measured_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('start', '=', start)
    .where('node_id', '=', nodeId)
    .returning(['project_id', 'disk_bytes', 'written_bytes', 'state', 'stop_wanted'])
    .executeTakeFirst()
  if (row !== undefined) await storeVolumeUse(db, row.project_id, usage.volumes ?? [])
  if (row?.state !== 'running' || row.stop_wanted !== null) return false
  return row.disk_bytes !== null && (row.written_bytes ?? 0) > row.disk_bytes
}
