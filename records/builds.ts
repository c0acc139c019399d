import { type Selectable, sql } from 'kysely'
import type { ScanState } from '#contract/scan.ts'
import type { WaitReason } from '#contract/wait-reason.ts'
import type { Db } from './connect.ts'
import type { BuildTable } from './schema.ts'
import { inScope, type Scope } from './scope.ts'
import { waitReason } from './waits.ts'

/** A build with the name of its project, why it waits for a node, and why its attempt waits for a GPU, if it does. */
export type BuildRow = Selectable<BuildTable> & {
  readonly project: string
  readonly wait_reason: WaitReason | null
  readonly gpu_reason: string | null
  /** Of its attempt; `null` when the registry's scanner has not been asked. */
  readonly scan_state: ScanState | null
  /** Why it may not push yet; `null` when it may, or has not asked. */
  readonly push_reason: string | null
}

/** @returns undefined also when the caller does not see it. */
export async function findSeenBuild(scope: Scope, id: string): Promise<BuildRow | undefined> {
  return selectBuilds(scope.db)
    .where('builds.id', '=', id)
    .where(inScope(scope, 'builds.project_id'))
    .executeTakeFirst()
}

/** Those of these builds that the caller sees. */
export async function findSeenBuilds(
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await scope.db
    .selectFrom('builds')
    .select('id')
    .where('id', 'in', ids)
    .where(inScope(scope, 'builds.project_id'))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export async function findBuild(db: Db, id: string): Promise<BuildRow | undefined> {
  return selectBuilds(db).where('builds.id', '=', id).executeTakeFirst()
}

export function selectBuilds(db: Db) {
  return db
    .selectFrom('builds')
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .leftJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'builds.id')
        .onRef('attempts.number', '=', 'builds.attempt'),
    )
    .leftJoin('scans', (join) =>
      join.onRef('scans.build_id', '=', 'builds.id').onRef('scans.attempt', '=', 'builds.attempt'),
    )
    .leftJoin('pushes', (join) =>
      join
        .onRef('pushes.build_id', '=', 'builds.id')
        .onRef('pushes.attempt', '=', 'builds.attempt'),
    )
    .selectAll('builds')
    .select(['projects.name as project', 'attempts.gpu_reason'])
    .select(['scans.state as scan_state', 'pushes.reason as push_reason'])
    .select(waitReason.as('wait_reason'))
}

/**
 * Up to `limit` builds after `after`, by id, that have not ended, were handed to Temporal at least `forMs` ago, and wait for a
 * node or do not.
 */
export async function readStarted(
  db: Db,
  {
    after,
    forMs,
    limit,
    waiting,
  }: {
    readonly after: string
    readonly forMs: number
    readonly limit: number
    readonly waiting: boolean
  },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('status', '=', 'building')
    .where('stage', waiting ? '=' : '<>', 'waiting')
    .where('id', '>', after)
    .where('created_at', '<', sql<Date>`now() - ${forMs} * interval '1 millisecond'`)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox')
            .select('outbox.id')
            .whereRef('outbox.build_id', '=', 'builds.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
