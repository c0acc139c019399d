import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { BuildOptions, PinnedBase } from '#contract/build.ts'
import type { BuildEnd } from '#contract/activities.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'
import type { BuildTable } from './schema.ts'

export type BuildRow = Selectable<BuildTable>

export interface NewBuild {
  readonly id: string
  readonly name: string
  readonly repository: string
  readonly tag: string
  readonly description: string
  readonly baseImage: string | null
  readonly dockerfile: string
  readonly options: BuildOptions
  readonly context: string | null
}

/**
 * Accepts a build: its row, its outbox entry and its audit row in one transaction.
 * @returns false when a build of the same name is running; nothing is stored then.
 */
export async function acceptBuild(pool: Pool, build: NewBuild): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const { id, name, repository, tag, description, baseImage, dockerfile, options, context } =
      build
    const project = await db
      .selectFrom('projects')
      .select('id')
      .where('name', '=', 'default')
      .executeTakeFirstOrThrow()
    const inserted = await db
      .insertInto('builds')
      .values({
        id,
        project_id: project.id,
        name,
        repository,
        tag,
        description,
        base_image: baseImage,
        dockerfile,
        options: JSON.stringify(options),
        context,
        status: 'building',
        stage: 'queued',
      })
      .onConflict((c) =>
        c.columns(['repository', 'tag']).where('status', '=', 'building').doNothing(),
      )
      .returning('id')
      .executeTakeFirst()
    if (inserted === undefined) return false
    await db.insertInto('outbox').values({ build_id: id, action: 'start' }).execute()
    await recordAudit(db, { actor: 'api', action: 'build.submit', object: id, detail: { name } })
    await notify(db, 'kiln_outbox')
    return true
  })
}

export async function findBuild(db: Db, id: string): Promise<BuildRow | undefined> {
  return db.selectFrom('builds').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function storeBases(db: Db, id: string, bases: readonly PinnedBase[]): Promise<void> {
  await db
    .updateTable('builds')
    .set({ bases: JSON.stringify(bases) })
    .where('id', '=', id)
    .execute()
}

/**
 * Up to `limit` running builds after `after`, by id, that were handed to Temporal at least `forMs` ago.
 */
export async function readStarted(
  db: Db,
  {
    after,
    forMs,
    limit,
  }: { readonly after: string; readonly forMs: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('status', '=', 'building')
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

export type CancelAnswer = 'requested' | 'final' | 'published' | 'unknown'

/** Asks for the end of a build. Once the name has been moved it is too late: the answer is `published`. */
export async function requestCancel(pool: Pool, id: string): Promise<CancelAnswer> {
  return pool.transaction().execute(async (db) => {
    const build = await db
      .selectFrom('builds')
      .select(['status', 'digest', 'cancel_requested_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (build === undefined) return 'unknown'
    if (build.status !== 'building') return 'final'
    if (build.digest !== null) return 'published'
    if (build.cancel_requested_at !== null) return 'requested'
    await db
      .updateTable('builds')
      .set({ cancel_requested_at: sql<Date>`now()`, waiting_since: null })
      .where('id', '=', id)
      .execute()
    await db.insertInto('outbox').values({ build_id: id, action: 'cancel' }).execute()
    await recordAudit(db, { actor: 'api', action: 'build.cancel', object: id })
    await notify(db, 'kiln_outbox')
    return 'requested'
  })
}

/** Gives the build its one final status. A build that has one keeps it. */
export async function finishBuild(pool: Pool, end: BuildEnd): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { buildId, status, failure } = end
    const finished = await db
      .updateTable('builds')
      .set({
        status,
        stage: status,
        failure: failure === undefined ? null : JSON.stringify(failure),
        finished_at: sql<Date>`now()`,
        waiting_since: null,
      })
      .where('id', '=', buildId)
      .where('status', '=', 'building')
      .returning('id')
      .executeTakeFirst()
    if (finished === undefined) return
    for (const table of ['attempts', 'stages'] as const) {
      await db
        .updateTable(table)
        .set({ finished_at: sql<Date>`now()` })
        .where('build_id', '=', buildId)
        .where('finished_at', 'is', null)
        .execute()
    }
    const detail = { status, code: failure?.code }
    await recordAudit(db, { actor: 'farm', action: 'build.finish', object: buildId, detail })
    await notify(db, 'kiln_build', buildId)
    await notify(db, 'kiln_placement')
  })
}
