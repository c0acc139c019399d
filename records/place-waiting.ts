import { sql } from 'kysely'
import { type PlacementReason, sayPlacement } from '#contract/placement-reason.ts'
import { atOnce } from './at-once.ts'
import type { PlacedAttempt } from './attempts.ts'
import { recordAudits } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { countByNode, type KnownNode, type NodeReader, readRunning } from './known-nodes.ts'
import { type Lane, type LaneHead, readHeads, readLanes } from './lanes.ts'
import { settlePredictions } from './predictions.ts'
import { type FarmShare, readFarmShare, type Served, storeServed } from './shares.ts'
import { readWaitingProjects, type WaitingProject } from './user-shares.ts'
import { type BuildWait, type LaneWait, forgetLanes, tellBuilds, tellLanes } from './waits.ts'

export interface Placement {
  readonly buildId: string
  readonly projectId: number
  /** Name of who has submitted it; empty for nobody. */
  readonly user: string
  readonly node: KnownNode
  /** Whether it goes without a GPU because it has waited for one long enough. */
  readonly gpuWaited: boolean
  /** Why this node. */
  readonly reason: PlacementReason
}

/** What a round decides about. */
export interface Queue {
  readonly farm: FarmShare & { readonly running: number }
  readonly projects: ReadonlyMap<number, WaitingProject>
  readonly lanes: readonly Lane[]
  /** Whether they take builds or not. */
  readonly nodes: readonly KnownNode[]
}

export interface Round {
  readonly placements: readonly Placement[]
  /** What the projects with placements, and their users, have been served with them. */
  readonly served: readonly Served[]
  readonly virtualTime: number
  /** Why what is left in each lane waits. */
  readonly lanes: readonly LaneWait[]
  /** Builds that wait for something else than their lane. */
  readonly builds: readonly BuildWait[]
}

/** How a round decides. Pure. */
export interface PlacementRules {
  /** The lanes of which a build could be placed now. */
  readonly open: (queue: Queue) => readonly Lane[]
  /** `heads` are those of the open lanes. */
  readonly plan: (queue: Queue, heads: readonly LaneHead[]) => Round
}

export interface PlacementDeps {
  readonly db: Pool
  readonly nodes: NodeReader
}

/** Builds that a round looks at, and so places, at most; but it looks at one of each lane. */
const batch = 200

/** Key of the lock that lets one placer work at a time: two would count on the same free slot. */
const placementLock = 7_164_001

/**
 * Assigns waiting builds in one transaction, after whoever else does so has committed, and tells the others why they
 * wait. What it reads and writes grows with the lanes, the nodes and what it places, not with what waits.
 */
export async function placeWaiting(
  { db: pool, nodes }: PlacementDeps,
  rules: PlacementRules,
): Promise<readonly PlacedAttempt[]> {
  return pool.transaction().execute(async (db) => {
    const queue = await readQueue(db, nodes)
    const { lanes } = queue
    if (lanes.length === 0) return []
    const open = rules.open(queue)
    const heads = await readHeads(db, open, limitHeads(open))
    const round = rules.plan(queue, heads)
    const rows = await place(db, round.placements)
    const placed = whatWasPlaced(rows, round.placements)
    await atOnce(db, async (own) =>
      Promise.all([
        ...(placed.length > 0
          ? [openAttempts(own, placed), storeServed(own, round.served, round.virtualTime)]
          : []),
        forgetLanes(own, lanes),
        tellLanes(own, round.lanes),
        tellBuilds(own, round.builds),
      ]),
    )
    return placed.map(({ buildId, attempt, node, waitedMs }) => ({
      buildId,
      attempt,
      nodeId: node.id,
      waitedMs,
    }))
  })
}

async function readQueue(db: Db, nodeReader: NodeReader): Promise<Queue> {
  const [, lanes, running, farm, known] = await atOnce(db, async (own) =>
    Promise.all([
      sql`select pg_advisory_xact_lock(${placementLock})`.execute(own),
      readLanes(own),
      readRunning(own),
      readFarmShare(own),
      nodeReader.read(own),
    ]),
  )
  const busy = countByNode(running)
  return {
    farm: { ...farm, running: running.reduce((sum, { count }) => sum + count, 0) },
    projects: await atOnce(db, async (own) => readWaitingProjects(own, lanes, running)),
    lanes,
    nodes: known.map((node) => ({ ...node, busy: busy.get(node.id) ?? 0 })),
  }
}

/** As many of each project, however many users it has, and of each of its lanes. Pure. */
function limitHeads(lanes: readonly Lane[]): readonly number[] {
  const byProject = Map.groupBy(lanes, ({ projectId }) => projectId)
  return lanes.map(({ projectId }) => {
    const own = byProject.get(projectId)?.length ?? 1
    return Math.ceil(batch / byProject.size / own)
  })
}

interface PlacedRow {
  readonly id: string
  readonly attempt: number
  /** In ms. */
  readonly waited: number
}

/** Builds that somebody else is changing are left out: they are to be cancelled, or wait for the next round. */
async function place(db: Db, placements: readonly Placement[]): Promise<readonly PlacedRow[]> {
  if (placements.length === 0) return []
  const { rows } = await sql<PlacedRow>`
    with chosen as (
      select * from unnest(
        ${placements.map(({ buildId }) => buildId)}::text[],
        ${placements.map(({ node }) => node.id)}::text[]
      ) as one (id, node_id)
    ), locked as (
      select builds.id, chosen.node_id, builds.waiting_since from chosen join builds on builds.id = chosen.id
      where waiting_since is not null and cancel_requested_at is null
      for update of builds skip locked
    )
    update builds
    set attempt = attempt + 1, node_id = locked.node_id, waiting_since = null, wait = null,
      -- What a save is of is on one node only, also for its next attempt.
      wanted_node = (select environments.node_id from build_saves
        join environments on environments.id = build_saves.environment_id where build_id = locked.id)
    from locked where builds.id = locked.id
    returning builds.id, builds.attempt,
      extract(epoch from now() - locked.waiting_since)::float8 * 1000 as waited`.execute(db)
  return rows
}

/** Pure. */
function whatWasPlaced(rows: readonly PlacedRow[], placements: readonly Placement[]) {
  const rowsById = new Map(rows.map((row) => [row.id, row]))
  return placements.flatMap((placement) => {
    const row = rowsById.get(placement.buildId)
    return row === undefined ? [] : { ...placement, attempt: row.attempt, waitedMs: row.waited }
  })
}

/** With all that is to be noted of that, in one statement. */
async function openAttempts(
  db: Db,
  placed: readonly (Placement & { readonly attempt: number })[],
): Promise<void> {
  const rows = placed.map(({ buildId, projectId, user, attempt, node, reason, gpuWaited }) => ({
    build_id: buildId,
    charged_to: projectId,
    charged_user: user,
    number: attempt,
    node_id: node.id,
    incarnation: node.incarnation,
    reason: sayPlacement(reason).en,
    placement: JSON.stringify(reason),
    gpu_waited: gpuWaited,
  }))
  const entries = placed.map(({ buildId, attempt, node, reason }) => ({
    actor: 'farm',
    action: 'build.place',
    object: buildId,
    detail: { attempt, nodeId: node.id, reason: sayPlacement(reason).en },
  }))
  const ids = placed.map(({ buildId }) => buildId)
  const noted = db
    .with('opened', (within) => within.insertInto('attempts').values(rows))
    .with('settled', (within) => settlePredictions(within, ids))
  await recordAudits(noted, entries)
}
