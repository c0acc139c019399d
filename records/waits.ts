import { sql } from 'kysely'
import type { WaitReason } from '#contract/wait-reason.ts'
import type { Db } from './connect.ts'
import type { Lane } from './lanes.ts'

/** As lanes have it; empty when any will do. */
export const platformOf = sql<string>`coalesce(options->>'platform', '')`

/** Nobody waits for it. */
export const isScheduled = sql<boolean>`(priority = 'scheduled')`

/** Where an operator sends it; empty when any node will do. */
export const wantedNode = sql<string>`coalesce(wanted_node, '')`

/** Why a build waits, which is what itself was told, or what its lane was when nothing in it could be placed. */
export const waitReason = sql<WaitReason | null>`(
  select case when lane_waits.open then coalesce(builds.wait, lane_waits.reason) else lane_waits.reason end
  from lane_waits
  where builds.waiting_since is not null and lane_waits.project_id = builds.project_id
    and lane_waits.platform = coalesce(builds.options->>'platform', '')
    and lane_waits.needs_gpu = builds.needs_gpu and lane_waits.raised = builds.raised
    and lane_waits.scheduled = (builds.priority = 'scheduled')
    and lane_waits.wanted_node = coalesce(builds.wanted_node, '')
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
    insert into lane_waits (project_id, platform, needs_gpu, raised, scheduled, wanted_node, open, reason)
    select * from unnest(
      ${told.map(({ lane }) => lane.projectId)}::bigint[],
      ${told.map(({ lane }) => lane.platform ?? '')}::text[],
      ${told.map(({ lane }) => lane.needsGpu)}::boolean[],
      ${told.map(({ lane }) => lane.raised)}::smallint[],
      ${told.map(({ lane }) => lane.scheduled)}::boolean[],
      ${told.map(({ lane }) => lane.wantedNode ?? '')}::text[],
      ${told.map(({ open }) => open)}::boolean[],
      ${told.map(({ reason }) => JSON.stringify(reason))}::jsonb[]
    )
    on conflict (project_id, platform, needs_gpu, raised, scheduled, wanted_node)
    do update set open = excluded.open, reason = excluded.reason
    where (lane_waits.open, lane_waits.reason) is distinct from (excluded.open, excluded.reason)`.execute(
    db,
  )
}

/** Forgets why lanes wait that have emptied, so that there are no more reasons than lanes. */
export async function forgetLanes(db: Db, lanes: readonly Lane[]): Promise<void> {
  await sql`
    delete from lane_waits as told where not exists (
      select from unnest(
        ${lanes.map(({ projectId }) => projectId)}::bigint[],
        ${lanes.map(({ platform }) => platform ?? '')}::text[],
        ${lanes.map(({ needsGpu }) => needsGpu)}::boolean[],
        ${lanes.map(({ raised }) => raised)}::smallint[],
        ${lanes.map(({ scheduled }) => scheduled)}::boolean[],
        ${lanes.map((lane) => lane.wantedNode ?? '')}::text[]
      ) as lane (project_id, platform, needs_gpu, raised, scheduled, wanted)
      where lane.project_id = told.project_id and lane.platform = told.platform
        and lane.needs_gpu = told.needs_gpu and lane.raised = told.raised
        and lane.scheduled = told.scheduled and lane.wanted = told.wanted_node
    )`.execute(db)
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
