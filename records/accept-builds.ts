import { sql } from 'kysely'
import type { BuildOptions } from '#contract/build.ts'
import { type AcceptAnswer, type NewBuild, storeParts } from './accept-build.ts'
import { atOnce } from './at-once.ts'
import type { Db, Pool } from './connect.ts'
import { notification } from './notify.ts'
import { type Allowance, openAllowance, QuotaExceeded, takeBuild } from './quotas.ts'
import { lockSecrets, useSecrets } from './secrets.ts'

export type ManyAnswer = Exclude<AcceptAnswer, 'known'> | QuotaExceeded

/** What stands in the way of a build, before its project's limits are asked. */
interface Claim {
  /** Of the build, among those that are asked for. */
  readonly place: number
  readonly problem: 'official' | 'taken' | 'deleting' | 'in_flight' | null
  /** Of the image that the library has already, as it spells it. */
  readonly name: string | null
  /** Its project may have only so much. */
  readonly limited: boolean
}

/**
 * Accepts many builds in one transaction, each as if it had been submitted alone, in their order: what stands in the way of
 * one holds up no other. What a quota has room for is accepted, the rest of that project is not.
 * @returns an answer for each.
 */
export async function acceptBuilds(
  pool: Pool,
  builds: readonly NewBuild[],
): Promise<readonly ManyAnswer[]> {
  return pool.transaction().execute(async (db) => acceptAll(db, builds))
}

/** The same in a transaction that does more. */
export async function acceptAll(
  db: Db,
  builds: readonly NewBuild[],
): Promise<readonly ManyAnswer[]> {
  const [, claims] = await atOnce(db, async (own) =>
    Promise.all([lockRepositories(own, builds), readClaims(own, builds)]),
  )
  const allowanceOf = createAllowances(db)
  const owners = new Map<string, number>()
  const wanted: NewBuild[] = []
  const answers: ManyAnswer[] = []
  for (const [index, build] of builds.entries()) {
    const claim = claims.get(index)
    const owner = owners.get(build.repository) ?? build.projectId
    const problem = owner === build.projectId ? claim?.problem : 'taken'
    const answer = problem ?? (await admit(db, build, claim, allowanceOf))
    if (answer === 'accepted') {
      owners.set(build.repository, build.projectId)
      wanted.push({ ...build, name: claim?.name ?? build.name })
    }
    answers.push(answer)
  }
  const stored = await store(db, wanted)
  return answers.map((answer, index) =>
    answer === 'accepted' && !stored.has(builds[index]?.id ?? '') ? 'in_flight' : answer,
  )
}

/** In one order for all, so that two such transactions never wait for each other. */
async function lockRepositories(db: Db, builds: readonly NewBuild[]): Promise<void> {
  const repositories = [...new Set(builds.map(({ repository }) => repository))].toSorted()
  await sql`select count(pg_advisory_xact_lock(hashtextextended(one, 0)))
    from unnest(${repositories}::text[]) as one`.execute(db)
}

/**
 * Each name is looked for by itself: an `exists` that could be answered for all of them at once would have the whole queue, or
 * the whole library, read for that. What is in flight comes to light when it is not stored, but must take nothing of what is
 * limited. @returns by their places those of which there is something to say.
 */
async function readClaims(
  db: Db,
  builds: readonly NewBuild[],
): Promise<ReadonlyMap<number, Claim>> {
  const projects = [...new Set(builds.map(({ projectId }) => projectId))]
  const wanted = builds.map((build, place) => {
    const { projectId: project_id, repository, tag, mayBeOfficial: may_be_official = false } = build
    return { place, project_id, repository, tag, may_be_official }
  })
  const { rows } = await sql<Claim>`
    with claims as materialized (
      select wanted.place, case
          when image.is_official and not wanted.may_be_official then 'official'
          when (select true from images where repository = wanted.repository and project_id <> wanted.project_id limit 1)
            or (select true from builds where repository = wanted.repository and status = 'building'
              and project_id <> wanted.project_id limit 1) then 'taken'
          when (select true from deletions where image_id = image.id and whole_image
            and state in ('pending', 'removing') limit 1) then 'deleting'
          when limited and (select true from builds where repository = wanted.repository and tag = wanted.tag
            and status = 'building' limit 1) then 'in_flight'
        end as problem,
        image.name, limited
      from (
        select *, project_id = any(array(
          select project_id from quotas where project_id = any(${projects}::bigint[]))) as limited
        from json_to_recordset(${JSON.stringify(wanted)}::json) as one (
          place integer, project_id bigint, repository text, tag text, may_be_official boolean)
      ) as wanted
      left join lateral (
        select id, is_official and deleted_at is null as is_official,
          case when deleted_at is null then name end as name
        from images where repository = wanted.repository and tag = wanted.tag limit 1
      ) as image on true
    )
    select * from claims where problem is not null or name is not null or limited`.execute(db)
  return new Map(rows.map((claim) => [claim.place, claim]))
}

type AllowanceOf = (projectId: number) => Promise<Allowance>

/** What each project may still have, read once. */
function createAllowances(db: Db): AllowanceOf {
  const opened = new Map<number, Promise<Allowance>>()
  return async (projectId) => {
    const allowance = opened.get(projectId) ?? openAllowance(db, projectId)
    opened.set(projectId, allowance)
    return allowance
  }
}

async function admit(
  db: Db,
  { projectId, secrets }: NewBuild,
  claim: Claim | undefined,
  allowanceOf: AllowanceOf,
): Promise<'accepted' | 'secret_gone' | QuotaExceeded> {
  if (secrets.length > 0) {
    const found = await lockSecrets(db, projectId, secrets)
    if (found.length < secrets.length) return 'secret_gone'
  }
  if (claim?.limited !== true) return 'accepted'
  try {
    await takeBuild(await allowanceOf(projectId), claim.name !== null)
    return 'accepted'
  } catch (error) {
    if (error instanceof QuotaExceeded) return error
    throw error
  }
}

/** @returns the ids of those that were stored: of two with one name the second is not. */
async function store(db: Db, builds: readonly NewBuild[]): Promise<ReadonlySet<string>> {
  if (builds.length === 0) return new Set()
  const { rows } = await sql<{ readonly ids: readonly string[] }>`
    with wanted as (
      select * from json_to_recordset(${JSON.stringify(builds.map(rowOf))}::json) as one (
        place integer, id text, actor text, submitted_by text, project_id bigint, name text, repository text, tag text, description text, visibility text,
        base_image text, dockerfile text, options jsonb, context text, sources jsonb)
    ), made as (
      insert into builds (id, project_id, submitted_by, name, repository, tag, description, visibility, base_image, dockerfile, options,
        context, sources, status, stage, generation, gpu_policy, scan_policy, needs_gpu, gpu_digest)
      select wanted.id, wanted.project_id, wanted.submitted_by, wanted.name, wanted.repository, wanted.tag,
        wanted.description, wanted.visibility, wanted.base_image, wanted.dockerfile, wanted.options, wanted.context, wanted.sources, 'building', 'queued',
        coalesce(image.generation, 0) + coalesce(image.pending, 0), projects.gpu_policy, projects.scan_policy,
        image.gpu_digest is not null, image.gpu_digest
      from wanted join projects on projects.id = wanted.project_id
      left join lateral (
        select images.generation,
          (select count(*) from moves where image_id = images.id and state = 'pending') as pending,
          (select versions.digest from versions join verifications
            on verifications.build_id = versions.build_id and verifications.digest = versions.digest
            where versions.id = images.current_version_id and verdict = 'gpu' limit 1) as gpu_digest
        from images where images.repository = wanted.repository and images.tag = wanted.tag limit 1
      ) as image on true
      order by wanted.place
      on conflict (repository, tag) where status = 'building' do nothing
      returning id, project_id, name
    ), queued as (
      insert into outbox (build_id, action) select id, 'start' from made
    ), audited as (
      insert into audit (actor, action, object, detail, project_id)
      select wanted.actor, 'build.submit', made.id, jsonb_build_object('name', made.name), made.project_id
      from made join wanted on wanted.id = made.id
    )
    select json_agg(id) as ids, ${notification('kiln_outbox', '')} as told from made having count(*) > 0`.execute(
    db,
  )
  const stored = new Set(rows[0]?.ids)
  await storeRest(
    db,
    builds.filter(({ id }) => stored.has(id)),
  )
  return stored
}

interface StoredRow {
  /** Of two with one name the first is stored. */
  readonly place: number
  readonly id: string
  readonly actor: string
  readonly submitted_by: string
  readonly project_id: number
  readonly options: BuildOptions
  readonly [column: string]: unknown
}

function rowOf({ projectId, baseImage, ...build }: NewBuild, place: number): StoredRow {
  const { id, actor, name, repository, tag, description, dockerfile, options } = build
  const { context, sources, visibility, user: submitted_by = '' } = build
  const row = { place, id, actor, submitted_by, project_id: projectId, options, context, sources }
  return {
    ...row,
    name,
    repository,
    tag,
    description,
    visibility,
    base_image: baseImage,
    dockerfile,
  }
}

/** What builds have beside their rows. */
async function storeRest(db: Db, builds: readonly NewBuild[]): Promise<void> {
  for (const build of builds) {
    const { id, projectId, secrets } = build
    if (secrets.length > 0) await useSecrets(db, id, await lockSecrets(db, projectId, secrets))
    await storeParts(db, build)
  }
}
