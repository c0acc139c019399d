import { sql } from 'kysely'
import type { UseKind } from '#contract/retention.ts'
import type { Db } from './connect.ts'
import { withoutHost } from './without-host.ts'

/** Something for whose sake a version has to stay. */
export interface Use {
  readonly kind: UseKind
  /** Number of the version. */
  readonly version: number
  /** Id of the build, move or environment; empty where the version itself says so. */
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
        ${withoutHost(sql`images.registry || '@' || versions.digest`)} as place
      from versions join images on images.id = versions.image_id
      where versions.id = any(${versionIds})
    ), needed as (
      select builds.id, ${withoutHost(sql`pin #>> '{}'`)} as place
      from builds, lateral (
        select jsonb_path_query(bases, '$[*].pinned') as pin
        union all select jsonb_path_query(sources, '$.named.*.pinned')) as pins
      where builds.status = 'building'
    )
    select 'current' as kind, number as version, '' as by from chosen where current_version_id = id
    union all
    select 'pinned', number, '' from chosen where pinned
    union all
    select 'move', number, moves.id::text from chosen join moves on to_version_id = chosen.id
    where moves.state = 'pending' or (moves.state = 'moved' and not moves.tagged)
    union all
    select 'build', number, builds.id from chosen join builds on builds.id = build_id
    where builds.status = 'building'
    union all
    select 'environment', number, environments.id from chosen
    join environments on environments.version_id = chosen.id
    where environments.deleted_at is null
    union
    select 'build', number, needed.id from chosen join needed on needed.place = chosen.place
    order by version, kind, by`.execute(db)
  return rows
}
