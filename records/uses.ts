import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Something for whose sake a version has to stay. */
export interface Use {
  readonly kind: 'current' | 'pinned' | 'move' | 'build'
  /** Number of the version. */
  readonly version: number
  /** Id of the build or move; empty where the version itself says so. */
  readonly by: string
}

/**
 * What these versions are in use by. The one place that knows: whatever else is made from a version by its digest, and
 * needs the registry to keep it, is asked here.
 */
export async function findUses(db: Db, versionIds: readonly number[]): Promise<readonly Use[]> {
  if (versionIds.length === 0) return []
  const { rows } = await sql<Use>`
    with chosen as (
      select versions.id, number, pinned, build_id, current_version_id,
        images.registry || '@' || versions.digest as reference
      from versions join images on images.id = versions.image_id
      where versions.id = any(${versionIds})
    )
    select 'current' as kind, number as version, '' as by from chosen where current_version_id = id
    union all
    select 'pinned', number, '' from chosen where pinned
    union all
    select 'move', number, moves.id::text from chosen join moves on to_version_id = chosen.id
    where moves.state = 'pending'
    union all
    select 'build', number, builds.id from chosen join builds on
      builds.id = build_id
      or bases @> jsonb_build_array(jsonb_build_object('pinned', reference))
      or jsonb_path_exists(sources, '$.named.*.pinned ? (@ == $reference)',
        jsonb_build_object('reference', reference))
    where builds.status = 'building'
    order by version, kind, by`.execute(db)
  return rows
}
