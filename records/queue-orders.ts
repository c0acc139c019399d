import { type RawBuilder, sql } from 'kysely'
import type { CancelFilter } from '#contract/queue.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'
import type { Scope } from './scope.ts'
import { isScheduled, platformOf } from './waits.ts'

interface NamedProject {
  readonly id: number
  readonly name: string
}

/** Lets nothing be placed any more, of a project or of the whole farm, until it is resumed. What runs goes on. */
export async function pauseQueue(
  scope: Scope,
  because: string,
  project?: NamedProject,
): Promise<void> {
  await setPaused(scope, because, project)
}

export async function resumeQueue(scope: Scope, project?: NamedProject): Promise<void> {
  await setPaused(scope, null, project)
}

async function setPaused(
  { farm, actor }: Scope,
  because: string | null,
  project?: NamedProject,
): Promise<void> {
  const paused = {
    paused_because: because,
    paused_at: because === null ? null : sql<Date>`now()`,
  }
  await farm.transaction().execute(async (db) => {
    if (project === undefined) await db.updateTable('farm_queue').set(paused).execute()
    else {
      await db
        .insertInto('project_queues')
        .values({ project_id: project.id, ...paused })
        .onConflict((c) => c.column('project_id').doUpdateSet(paused))
        .execute()
    }
    await recordAudit(db, {
      actor,
      action: because === null ? 'queue.resume' : 'queue.pause',
      object: project === undefined ? 'farm' : `project ${project.name}`,
      detail: because === null ? {} : { because },
    })
    await notify(db, 'kiln_placement')
  })
}

export interface BuildOrder {
  /** 1 puts it first, -1 lets it be last, 0 neither. */
  readonly raised?: -1 | 0 | 1 | undefined
  /** Id of the node that it is to go to; `null` lets it go anywhere. */
  readonly node?: string | null | undefined
}

/** Changes where a waiting build comes or goes. @returns false when it does not wait. */
export async function orderBuild(
  { farm, actor }: Scope,
  id: string,
  { raised, node }: BuildOrder,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('builds')
      .set({
        ...(raised !== undefined && { raised }),
        // What a save is of is on one node only.
        ...(node !== undefined && {
          wanted_node: sql<string | null>`case when exists (
            select from build_saves where build_id = builds.id) then wanted_node else ${node} end`,
        }),
      })
      .set({ wait: null })
      .where('id', '=', id)
      .where('waiting_since', 'is not', null)
      .where('cancel_requested_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (changed === undefined) return false
    const detail = { raised, node }
    await recordAudit(db, { actor, action: 'build.order', object: id, detail })
    await notify(db, 'kiln_placement')
    return true
  })
}

/** Waiting builds that a filter lets through; what is absent lets all through. */
function matches({ user, waited_seconds: waited, ...filter }: CancelFilter) {
  const { project, name, platform, priority } = filter
  const parts: RawBuilder<unknown>[] = [
    sql`waiting_since is not null and cancel_requested_at is null`,
    ...(project === undefined
      ? []
      : [sql`project_id = (select projects.id from projects where projects.name = ${project})`]),
    ...(user === undefined ? [] : [sql`builds.submitted_by = ${user}`]),
    ...(name === undefined ? [] : [sql`builds.name = ${name}`]),
    ...(platform === undefined ? [] : [sql`${platformOf} = ${platform}`]),
    ...(priority === undefined ? [] : [sql`${isScheduled} = ${priority === 'scheduled'}`]),
    ...(waited === undefined ? [] : [sql`waiting_since < now() - ${waited} * interval '1 second'`]),
  ]
  return sql<boolean>`${sql.join(parts, sql` and `)}`
}

/** How many builds a cancellation would end. */
export async function countWaiting(db: Db, filter: CancelFilter): Promise<number> {
  const { count } = await db
    .selectFrom('builds')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where(matches(filter))
    .executeTakeFirstOrThrow()
  return count
}

/** Builds that are cancelled in one transaction. */
const batch = 1_000

/** Asks for the end of the waiting builds that a filter lets through, up to so many. @returns how many those were. */
export async function cancelWaiting(
  { farm, actor }: Scope,
  filter: CancelFilter,
  atMost: number,
): Promise<number> {
  let cancelled = 0
  while (cancelled < atMost) {
    const limit = Math.min(batch, atMost - cancelled)
    const count = await farm.transaction().execute(async (db) => {
      const { rows } = await sql<{ readonly id: string }>`
        with chosen as (
          select id from builds where ${matches(filter)}
          order by waiting_since limit ${limit} for update skip locked
        ), cancelled as (
          update builds set cancel_requested_at = now(), waiting_since = null
          from chosen where builds.id = chosen.id returning builds.id
        ), told as (
          insert into outbox (build_id, action) select id, 'cancel' from cancelled
        )
        insert into audit (actor, action, object, detail)
        select ${actor}, 'build.cancel', id, ${JSON.stringify({ filter })}::jsonb from cancelled
        returning object as id`.execute(db)
      if (rows.length > 0) await notify(db, 'kiln_outbox')
      return rows.length
    })
    if (count === 0) break
    cancelled += count
  }
  return cancelled
}
