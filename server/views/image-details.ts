import { sql } from 'kysely'
import { type GpuClass, groupGpus } from '../../matrix/fleet-classes.ts'
import { judgeCell } from '../../matrix/judge-cell.ts'
import { type Known, readKnown } from '../../matrix/read-known.ts'
import { findSeenBuilds } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { inScope, type Scope } from '../../records/scope.ts'
import { listSoftware } from '../diff/list-software.ts'
import { markUnverified } from './verification.ts'

interface Listed {
  readonly id: number
}

/** Of the fleet: a page of images is judged on each of them. */
const maxClasses = 50

/**
 * Images of a list with what a person chooses them by: what their name points at and who made it, what is in it, and on
 * how many kinds of the farm's GPU nodes it runs.
 */
export async function detailImages<T extends Listed>(scope: Scope, images: readonly T[]) {
  if (images.length === 0) return []
  const rows = await readCurrent(
    scope,
    images.map(({ id }) => id),
  )
  const current = new Map(rows.map((row) => [row.id, row]))
  const digests = rows.flatMap(({ version_digest: digest }) => digest ?? [])
  const classes = groupGpus(await readFleetGpus(scope.farm)).slice(0, maxClasses)
  const buildIds = rows.flatMap(({ build_id: buildId }) => buildId ?? [])
  const [knownOf, submitters] = await Promise.all([
    readKnown(scope.farm, digests, classes),
    readSubmitters(scope, buildIds),
  ])
  return images.map((image) => {
    const row = current.get(image.id)
    const submitter = submitters.get(row?.build_id ?? '') ?? null
    return { ...image, ...(row && showCurrent(row, submitter, classes, knownOf)) }
  })
}

type Current = Awaited<ReturnType<typeof readCurrent>>[number]

function showCurrent(
  row: Current,
  submitter: string | null,
  classes: readonly GpuClass[],
  knownOf: (digest: string) => Known,
) {
  const { version_digest: digest } = row
  const known = digest === null ? undefined : knownOf(digest)
  return {
    project: row.project,
    visibility: row.visibility,
    available: row.digest !== null,
    created_at: row.created_at.toISOString(),
    versions: row.versions,
    version:
      digest === null || row.number === null || row.published_at === null
        ? null
        : {
            number: row.number,
            digest,
            published_at: row.published_at.toISOString(),
            submitted_by: submitter,
            deprecated: row.deprecated,
            verification:
              row.verdict === null
                ? null
                : { verdict: row.verdict, evidence: row.evidence, ...markUnverified(row.evidence) },
          },
    /** Of a build of this name that is under way. */
    building: row.building,
    software:
      known?.facts === undefined
        ? null
        : Array.from(listSoftware(known.facts), ([name, version]) => ({ name, version })),
    fit: known === undefined || classes.length === 0 ? null : countFits(known, classes),
  }
}

/** On how many kinds of nodes an image runs, and of how many it is not known. Pure. */
function countFits(known: Known, classes: readonly GpuClass[]) {
  const verdicts = classes.map(({ gpu, arch }) => judgeCell(known, gpu, arch).verdict)
  const count = (...wanted: readonly string[]) =>
    verdicts.filter((verdict) => wanted.includes(verdict)).length
  return {
    classes: classes.length,
    runs: count('runs', 'runs_with_notes'),
    doubtful: count('doubtful'),
    will_not_run: count('will_not_run'),
    not_gpu: count('not_gpu'),
  }
}

/** Who asked for these builds, where the caller sees them. */
async function readSubmitters(
  scope: Scope,
  buildIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const seen = await findSeenBuilds(scope, buildIds)
  if (seen.size === 0) return new Map()
  const rows = await scope.farm
    .selectFrom('audit')
    .select(['object', 'actor'])
    .where('action', '=', 'build.submit')
    .where('object', 'in', [...seen])
    .execute()
  return new Map(rows.map(({ object, actor }) => [object, actor]))
}

function readCurrent(scope: Scope, ids: readonly number[]) {
  return selectCurrent(scope.db)
    .select((select) =>
      select
        .selectFrom('builds')
        .select('builds.id')
        .whereRef('builds.repository', '=', 'images.repository')
        .whereRef('builds.tag', '=', 'images.tag')
        .where('builds.status', '=', 'building')
        .where(inScope(scope, 'builds.project_id'))
        .limit(1)
        .as('building'),
    )
    .where('images.id', 'in', ids)
    .execute()
}

function selectCurrent(db: Db) {
  return db
    .selectFrom('images')
    .leftJoin('projects', 'projects.id', 'images.project_id')
    .leftJoin('versions', 'versions.id', 'images.current_version_id')
    .leftJoin('verifications', (join) =>
      join
        .onRef('verifications.build_id', '=', 'versions.build_id')
        .onRef('verifications.digest', '=', 'versions.digest'),
    )
    .select(['images.id', 'images.visibility', 'images.created_at', 'images.digest'])
    .select('projects.name as project')
    .select(['versions.number', 'versions.digest as version_digest', 'versions.deprecated'])
    .select('versions.build_id')
    .select(['versions.created_at as published_at', 'verifications.verdict'])
    .select('verifications.evidence')
    .select(
      sql<number>`(select count(*)::integer from versions as kept
        where kept.image_id = images.id and kept.deleted_at is null)`.as('versions'),
    )
}
