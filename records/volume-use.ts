import { sql } from 'kysely'
import type { EnvironmentUsage } from '#contract/environment.ts'
import type { EnvironmentVolume } from '#contract/volume.ts'
import type { Time } from './columns.ts'
import type { Db } from './connect.ts'

/** What a project has in a volume of its own. A name is the same files on all nodes, so it counts once. */
export interface VolumeUseTable {
  project_id: number
  volume: string
  bytes: number
  measured_at: Time
}

/** Names of the volumes of which each project has its own folder. */
export const ownVolumes = sql<string>`
  select one->>'name' from nodes, jsonb_array_elements(coalesce(inventory->'volumes', '[]')) as one
  where removed_at is null and one->>'mode' = 'projects'`

export async function storeVolumeUse(
  db: Db,
  projectId: number,
  volumes: NonNullable<EnvironmentUsage['volumes']>,
): Promise<void> {
  for (const { name: volume, bytes } of volumes) {
    await db
      .insertInto('volume_use')
      .values({ project_id: projectId, volume, bytes })
      .onConflict((c) =>
        c
          .columns(['project_id', 'volume'])
          .doUpdateSet({ bytes, measured_at: sql<Date>`clock_timestamp()` }),
      )
      .execute()
  }
}

/** Whether an environment with these can write in what the project has for itself. */
export async function writesOwnVolumes(
  db: Db,
  volumes: readonly EnvironmentVolume[],
): Promise<boolean> {
  const names = volumes.flatMap(({ volume, read_only: readOnly }) => (readOnly ? [] : [volume]))
  if (names.length === 0) return false
  const { rows } = await sql<{ readonly writes: boolean }>`
    select exists (select from (${ownVolumes}) as own (name) where name = any(${names})) as writes`.execute(
    db,
  )
  return rows[0]?.writes === true
}
