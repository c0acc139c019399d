import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { inScope, type Scope } from './scope.ts'

/** Environments that are named of those that a move leaves where they are. */
const maxStaying = 100

/** An environment with the name of its project and of its node, and what its name points at by now. */
export type EnvironmentRow = Awaited<
  ReturnType<ReturnType<typeof selectEnvironments>['executeTakeFirstOrThrow']>
>

export async function findEnvironment(db: Db, id: string): Promise<EnvironmentRow | undefined> {
  return selectEnvironments(db).where('environments.id', '=', id).executeTakeFirst()
}

/** @returns undefined also when the caller does not see it. */
export async function findSeenEnvironment(
  scope: Scope,
  id: string,
): Promise<EnvironmentRow | undefined> {
  return selectEnvironments(scope.db)
    .where('environments.id', '=', id)
    .where(inScope(scope, 'environments.project_id'))
    .executeTakeFirst()
}

/** Those of these environments that the caller sees. */
export async function findSeenEnvironments(
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await scope.db
    .selectFrom('environments')
    .select('id')
    .where('id', 'in', ids)
    .where(inScope(scope, 'environments.project_id'))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** For how long it has had GPUs, over all its starts. */
const gpuMinutes = sql<number | null>`case when environments.gpu then (
  select coalesce(ceil(sum(extract(epoch from coalesce(released_at, now()) - granted_at)) / 60), 0)::int
  from gpu_leases where gpu_leases.environment_id = environments.id) end`

/** Those that are not deleted. */
export function selectEnvironments(db: Db) {
  return db
    .selectFrom('environments')
    .innerJoin('projects', 'projects.id', 'environments.project_id')
    .innerJoin('versions', 'versions.id', 'environments.version_id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .leftJoin('versions as current', 'current.id', 'images.current_version_id')
    .leftJoin('nodes', 'nodes.id', 'environments.node_id')
    .selectAll('environments')
    .select(['projects.name as project', 'nodes.name as node_name', gpuMinutes.as('gpu_minutes')])
    .select([
      'versions.number as version',
      'versions.image_id',
      'current.number as current_version',
    ])
    .where('environments.deleted_at', 'is', null)
}

/** The current start of an environment, and where its files are. */
export async function findCurrentStart(db: Db, id: string) {
  return db
    .selectFrom('environments')
    .select(['start', 'node_id as nodeId', 'state'])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Those of an image that the caller sees and that run, or can be started again, from another version than `number`. */
export async function findStaying(
  scope: Scope,
  imageId: number,
  number: number,
): Promise<readonly { readonly id: string; readonly version: number }[]> {
  return scope.db
    .selectFrom('environments')
    .innerJoin('versions', 'versions.id', 'environments.version_id')
    .select(['environments.id', 'versions.number as version'])
    .where('versions.image_id', '=', imageId)
    .where('versions.number', '<>', number)
    .where('environments.deleted_at', 'is', null)
    .where(inScope(scope, 'environments.project_id'))
    .orderBy('environments.id', 'desc')
    .limit(maxStaying)
    .execute()
}
