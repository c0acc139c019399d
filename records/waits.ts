import { type RawBuilder, sql } from 'kysely'
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
  select case when told.open then coalesce(builds.wait, told.reason) else told.reason end
  from lane_reasons as told
  where builds.waiting_since is not null and told.project_id = builds.project_id
    and told.submitted_by = builds.submitted_by
    and told.platform = coalesce(builds.options->>'platform', '')
    and told.needs_gpu = builds.needs_gpu and told.raised = builds.raised
    and told.scheduled = (builds.priority = 'scheduled')
    and told.wanted_node = coalesce(builds.wanted_node, '')
)`

/** What tells lanes apart, as arrays for `unnest`: project, user, platform, GPU, raised, scheduled, node. */
export function keysOfLanes(lanes: readonly Lane[]): RawBuilder<unknown> {
  return sql`
    ${lanes.map(({ projectId }) => projectId)}::bigint[],
    ${lanes.map(({ user }) => user)}::text[],
    ${lanes.map(({ platform }) => platform ?? '')}::text[],
    ${lanes.map(({ needsGpu }) => needsGpu)}::boolean[],
    ${lanes.map(({ raised }) => raised)}::smallint[],
    ${lanes.map(({ scheduled }) => scheduled)}::boolean[],
    ${lanes.map((lane) => lane.wantedNode ?? '')}::text[]`
}

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
    insert into lane_reasons
      (project_id, submitted_by, platform, needs_gpu, raised, scheduled, wanted_node, open, reason)
    select * from unnest(
      ${keysOfLanes(told.map(({ lane }) => lane))},
      ${told.map(({ open }) => open)}::boolean[],
      ${told.map(({ reason }) => JSON.stringify(reason))}::jsonb[]
    )
    on conflict (project_id, submitted_by, platform, needs_gpu, raised, scheduled, wanted_node)
    do update set open = excluded.open, reason = excluded.reason
    where (lane_reasons.open, lane_reasons.reason) is distinct from (excluded.open, excluded.reason)`.execute(
    db,
  )
}

/** Forgets why lanes wait that have emptied, so that there are no more reasons than lanes. */
export async function forgetLanes(db: Db, lanes: readonly Lane[]): Promise<void> {
  await sql`
    delete from lane_reasons as told where not exists (
      select from unnest(${keysOfLanes(lanes)})
        as lane (project_id, submitted_by, platform, needs_gpu, raised, scheduled, wanted)
      where lane.project_id = told.project_id and lane.submitted_by = told.submitted_by
        and lane.platform = told.platform
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
