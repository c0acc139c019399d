import { sql } from 'kysely'
import { defaultGpuPolicy } from '#contract/gpu-policy.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { Db } from './connect.ts'
import { readFacts } from './image-facts.ts'
import { readRefused, type RefusedGpu } from './refused-gpus.ts'
import { isScheduled, keysOfLanes, platformOf, wantedNode } from './waits.ts'

/** The waiting builds of one user in a project that any node fits alike, but for the GPU that each of them needs. */
export interface Lane {
  readonly projectId: number
  /** Name of who has submitted them; empty for nobody. */
  readonly user: string
  /** Absent when any will do. */
  readonly platform: string | null
  readonly needsGpu: boolean
  /** What an operator has put first has 1, and what can wait -1. */
  readonly raised: number
  /** Whether nobody waits for its builds. */
  readonly scheduled: boolean
  /** Id of the node that an operator sends its builds to; absent when any will do. */
  readonly wantedNode: string | null
}

export interface WaitingBuild {
  readonly id: string
  /** Repository of the image that it makes. */
  readonly image: string
  /** In ms. */
  readonly since: number
  /** Whether it lets those pass that somebody waits for: only for some time, so that it comes to its turn. */
  readonly yields: boolean
  /** Absent when any will do. */
  readonly platform: string | null
  /** What is known of the GPU that it needs; absent when it is not known to need one. */
  readonly gpu?: GpuNeed
}

export interface GpuNeed {
  readonly facts: ImageFacts | undefined
  /** What it is not to be given again. */
  readonly refused: readonly RefusedGpu[]
  /** Whether it has waited for a node as long as its policy lets it wait for a GPU. */
  readonly waited: boolean
}

/** The builds of a lane that are next in it. */
export interface LaneHead {
  readonly lane: Lane
  readonly builds: readonly WaitingBuild[]
  /** Whether more may wait behind them. */
  readonly more: boolean
}

/** Longest time for which a scheduled build lets others pass. */
const yieldsFor = '1 hour'

/** Lanes that are looked at in a round; those of further projects follow when these have emptied. */
const maxLanes = 5_000

/** The index of the waiting builds. Every statement that reads them says both, or it is not used. */
const isWaiting = sql<boolean>`waiting_since is not null and cancel_requested_at is null`

/** Every lane that has a build, found by one step in the index for each, however many builds there are. */
export async function readLanes(db: Db): Promise<readonly Lane[]> {
  const key = sql`project_id, submitted_by, ${platformOf}, needs_gpu, raised, ${isScheduled}, ${wantedNode}`
  const first = sql`select project_id, submitted_by, ${platformOf} as platform, needs_gpu, raised,
      ${isScheduled} as scheduled, ${wantedNode} as wanted from builds where ${isWaiting}`
  const { rows } = await sql<Lane>`
    with recursive lane as (
      (${first} order by ${key} limit 1)
      union all
      select next.* from lane cross join lateral (
        ${first} and (${key}) > (
          lane.project_id, lane.submitted_by, lane.platform, lane.needs_gpu, lane.raised, lane.scheduled, lane.wanted)
        order by ${key} limit 1
      ) as next
    )
    select project_id as "projectId", submitted_by as "user", nullif(platform, '') as platform,
      needs_gpu as "needsGpu", raised, scheduled, nullif(wanted, '') as "wantedNode"
    from lane limit ${maxLanes}`.execute(db)
  return rows
}

/** A policy without a wait has none; a build without a policy has the usual one. */
const waitedForGpu = sql<boolean>`waiting_since <= now() - interval '1 second' *
  case when gpu_policy is null then ${defaultGpuPolicy.wait_seconds}::int
  else coalesce((gpu_policy->>'wait_seconds')::int, 0) end`

interface HeadRow extends Pick<WaitingBuild, 'id' | 'image' | 'yields'> {
  readonly lane: number
  readonly since: Date
  readonly digest: string | null
  readonly waited: boolean
}

/** The builds of each lane that wait longest, up to its limit. */
export async function readHeads(
  db: Db,
  lanes: readonly Lane[],
  limits: readonly number[],
): Promise<readonly LaneHead[]> {
  const rows = lanes.length === 0 ? [] : await selectHeads(db, lanes, limits)
  const needs = await readGpuNeeds(
    db,
    rows.filter(({ lane }) => lanes[lane]?.needsGpu === true),
  )
  const byLane = Map.groupBy(rows, ({ lane }) => lane)
  return lanes.map((lane, index) => {
    const own = byLane.get(index) ?? []
    const builds = own.map(({ id, image, yields, since }) => {
      const gpu = needs.get(id)
      const { platform } = lane
      return { id, image, yields, since: since.getTime(), platform, ...(gpu && { gpu }) }
    })
    return { lane, builds, more: own.length === limits[index] }
  })
}

async function selectHeads(
  db: Db,
  lanes: readonly Lane[],
  limits: readonly number[],
): Promise<readonly HeadRow[]> {
  const { rows } = await sql<HeadRow>`
    select (lane.place - 1)::int as lane, head.*
    from unnest(${keysOfLanes(lanes)}, ${limits}::int[])
      with ordinality as lane (project_id, submitted_by, platform, needs_gpu, raised, scheduled, wanted, most, place)
    cross join lateral (
      select id, coalesce(cached_for, repository) as image, waiting_since as since, gpu_digest as digest, ${waitedForGpu} as waited,
        ${isScheduled} and waiting_since > now() - ${yieldsFor}::interval as yields
      from builds
      where ${isWaiting} and builds.project_id = lane.project_id and builds.submitted_by = lane.submitted_by
        and ${platformOf} = lane.platform
        and builds.needs_gpu = lane.needs_gpu and builds.raised = lane.raised
        and ${isScheduled} = lane.scheduled and ${wantedNode} = lane.wanted
      order by waiting_since, id
      limit lane.most
    ) as head`.execute(db)
  return rows
}

/** What is known of the GPU that each of these builds needs. */
async function readGpuNeeds(
  db: Db,
  builds: readonly Pick<HeadRow, 'id' | 'digest' | 'waited'>[],
): Promise<ReadonlyMap<string, GpuNeed>> {
  if (builds.length === 0) return new Map()
  const refused = await readRefused(
    db,
    builds.map(({ id }) => id),
  )
  const facts = await readFacts(db, [...new Set(builds.flatMap(({ digest }) => digest ?? []))])
  return new Map(
    builds.map(({ id, digest, waited }) => [
      id,
      {
        facts: digest === null ? undefined : facts.get(digest),
        refused: refused.filter(({ buildId }) => buildId === id),
        waited,
      },
    ]),
  )
}
