import { sql } from 'kysely'
import type { WaitReason } from '#contract/wait-reason.ts'
import type { Db } from './connect.ts'
import type { Lane } from './lanes.ts'

/** As lanes have it; empty when any will do. */
export const platformOf = sql<string>`coalesce(options->>'platform', '')`

/** Nobody waits for it. */
export const isScheduled = sql<boolean>`(priority = 'scheduled')`

/** Why a build waits, which is what itself was told, or what its lane was when nothing in it could be placed. */
export const waitReason = sql<WaitReason | null>`(
  select case when lane_waits.open then coalesce(builds.wait, lane_waits.reason) else lane_waits.reason end
  from lane_waits
  where builds.waiting_since is not null and lane_waits.project_id = builds.project_id
    and lane_waits.platform = coalesce(builds.options->>'platform', '')
    and lane_waits.needs_gpu = builds.needs_gpu and lane_waits.raised = builds.raised
    and lane_waits.scheduled = (builds.priority = 'scheduled')
)`

export interface LaneWait {
  readonly lane: Lane
  /** Whether its builds were looked at one by one. */
  readonly open: boolean
  readonly reason: WaitReason
}

export interface BuildWait {
  readonly id: string
  readonly reason: WaitReason
}

/** Notes why the builds of each lane wait: once a lane, since a queue is long and its reasons are few. */
export async function tellLanes(db: Db, told: readonly LaneWait[]): Promise<void> {
  if (told.length === 0) return
  await sql`
    insert into lane_waits (project_id, platform, needs_gpu, raised, scheduled, open, reason)
    select * from unnest(
      ${told.map(({ lane }) => lane.projectId)}::bigint[],
      ${told.map(({ lane }) => lane.platform ?? '')}::text[],
      ${told.map(({ lane }) => lane.needsGpu)}::boolean[],
      ${told.map(({ lane }) => lane.raised)}::smallint[],
      ${told.map(({ lane }) => lane.scheduled)}::boolean[],
      ${told.map(({ open }) => open)}::boolean[],
      ${told.map(({ reason }) => JSON.stringify(reason))}::jsonb[]
    )
    on conflict (project_id, platform, needs_gpu, raised, scheduled)
    do update set open = excluded.open, reason = excluded.reason
    where (lane_waits.open, lane_waits.reason) is distinct from (excluded.open, excluded.reason)`.execute(
    db,
  )
}

/** Notes why single builds wait, where that is not why their lane waits. */
export async function tellBuilds(db: Db, told: readonly BuildWait[]): Promise<void> {
  if (told.length === 0) return
  await sql`
    update builds set wait = told.reason
    from unnest(
      ${told.map(({ id }) => id)}::text[],
      ${told.map(({ reason }) => JSON.stringify(reason))}::jsonb[]
    ) as told (id, reason)
    where builds.id = told.id and waiting_since is not null and wait is distinct from told.reason`.execute(
    db,
  )
}
