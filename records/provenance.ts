import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** What the farm knows of how a published build came about; `undefined` when there is no such build. */
export async function findBuildRecord(db: Db, buildId: string) {
  return db
    .selectFrom('builds')
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .innerJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'builds.id')
        .onRef('attempts.number', '=', 'builds.attempt'),
    )
    .innerJoin('nodes', 'nodes.id', 'attempts.node_id')
    .innerJoin('verifications', (join) =>
      join
        .onRef('verifications.build_id', '=', 'builds.id')
        .onRef('verifications.attempt', '=', 'builds.attempt')
        .onRef('verifications.digest', '=', 'builds.digest'),
    )
    .leftJoin('build_saves', 'build_saves.build_id', 'builds.id')
    .select(['build_saves.environment_id as environmentId', 'build_saves.start', 'choices'])
    .select('saved_by as savedBy')
    .select(['builds.id', 'builds.attempt', 'builds.name', 'builds.dockerfile', 'builds.options'])
    .select(['builds.base_image as baseImage', 'builds.context', 'builds.sources', 'builds.bases'])
    .select(['projects.name as project', 'nodes.id as nodeId', 'nodes.inventory'])
    .select(['attempts.placed_at as placedAt', atNode('min', 'started_at').as('startedAt')])
    .select([atNode('max', 'finished_at').as('finishedAt')])
    .select(['verifications.verdict', 'verifications.evidence', 'verifications.detail'])
    .select('verifications.created_at as verifiedAt')
    .where('builds.id', '=', buildId)
    .executeTakeFirst()
}

export type BuildRecord = NonNullable<Awaited<ReturnType<typeof findBuildRecord>>>

/** The first start, or the last end, of the stages of the attempt on its node. */
function atNode(which: 'min' | 'max', column: 'started_at' | 'finished_at') {
  return sql<Date | null>`(
    select ${sql.raw(which)}(${sql.ref(column)}) from stages
    where stages.build_id = builds.id and stages.attempt = builds.attempt
      and stage in ('building', 'verifying', 'pushing'))`
}
