import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { type Growth, pauseAfter } from '#contract/pause-after.ts'
import type { BreakerState } from '#contract/push.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

export interface BreakerRules {
  /** Pushes in a row that fail before nobody pushes any more. */
  readonly failures: number
  /** Between two looks at a registry that is away. */
  readonly probes: Growth
}

export interface Breaker {
  readonly state: BreakerState
  readonly failures: number
  /** Since the state is what it is, in ms. */
  readonly sinceMs: number
  /** Until the registry is looked at, in ms. */
  readonly probeMs: number
}

const closed: Breaker = { state: 'closed', failures: 0, sinceMs: 0, probeMs: 0 }

const msUntil = (column: string) =>
  sql<number>`(extract(epoch from ${sql.ref(column)} - now()) * 1000)::float8`

export async function readBreaker(db: Db, host: string): Promise<Breaker> {
  const found = await db
    .selectFrom('registry_breakers')
    .select([
      'state',
      'failures',
      msUntil('changed_at').as('changed'),
      msUntil('probe_at').as('probe'),
    ])
    .where('host', '=', host)
    .executeTakeFirst()
  if (found === undefined) return closed
  const { state, failures, changed, probe } = found
  return { state, failures, sinceMs: -changed, probeMs: Math.max(0, probe) }
}

/** As it is shown; `undefined` for a registry that has never failed. */
export async function findBreaker(db: Db, host: string) {
  return db
    .selectFrom('registry_breakers')
    .select(['state', 'failures', 'opened_at', 'probe_at'])
    .where('host', '=', host)
    .executeTakeFirst()
}

/** Notes that a push failed for the registry's sake; with the last that may, nobody pushes any more. */
export async function noteFailure(
  db: Db,
  host: string,
  { failures: most, probes }: BreakerRules,
  random: number,
): Promise<void> {
  const { failures, tries, state } = await db
    .insertInto('registry_breakers')
    .values({ host, failures: 1 })
    .onConflict((c) =>
      c.column('host').doUpdateSet({
        failures: sql<number>`registry_breakers.failures + 1`,
        changed_at: sql<Date>`case when registry_breakers.state = 'closed' then now()
          else registry_breakers.changed_at end`,
      }),
    )
    .returning(['failures', 'tries', 'state'])
    .executeTakeFirstOrThrow()
  if (state === 'open' || (state === 'closed' && failures < most)) return
  await db
    .updateTable('registry_breakers')
    .set({
      state: 'open',
      tries: tries + 1,
      opened_at: sql<Date>`coalesce(opened_at, now())`,
      changed_at: sql<Date>`now()`,
      probe_at: after(pauseAfter(probes, tries + 1, random)),
    })
    .where('host', '=', host)
    .execute()
  const detail = { failures, tries: tries + 1 }
  await recordAudit(db, { actor: 'farm', action: 'registry.away', object: host, detail })
}

/**
 * Notes that the registry has taken the image of an attempt and serves it. Only a push that was begun since the last
 * failure says something.
 */
export async function noteSuccess(pool: Pool, host: string, ref: AttemptRef): Promise<void> {
  const { failures, state } = await readBreaker(pool, host)
  if (failures === 0 && state === 'closed') return
  await pool.transaction().execute(async (db) => {
    const back = await db
      .updateTable('registry_breakers')
      .from('pushes')
      .set({
        state: 'closed',
        failures: 0,
        tries: 0,
        opened_at: null,
        changed_at: sql<Date>`now()`,
      })
      .where('host', '=', host)
      .where('state', '<>', 'open')
      .where('build_id', '=', ref.buildId)
      .where('attempt', '=', ref.attempt)
      .whereRef('granted_at', '>=', 'changed_at')
      .returning('host')
      .executeTakeFirst()
    if (back === undefined || state === 'closed') return
    await recordAudit(db, { actor: 'farm', action: 'registry.back', object: host })
  })
}

/** Takes the look at a registry that is away, when one is due. @returns how often it was looked at. */
export async function claimProbe(db: Db, host: string, leaseMs: number) {
  return db
    .updateTable('registry_breakers')
    .set({ probe_at: after(leaseMs) })
    .where('host', '=', host)
    .where('state', '=', 'open')
    .where('probe_at', '<=', sql<Date>`now()`)
    .returning('tries')
    .executeTakeFirst()
}

/** @param againMs when to look again; `undefined` when it answers. */
export async function endProbe(db: Db, host: string, againMs: number | undefined): Promise<void> {
  const found =
    againMs === undefined
      ? { state: 'half_open' as const, probe_at: null, changed_at: sql<Date>`now()` }
      : { tries: sql<number>`tries + 1`, probe_at: after(againMs) }
  await db
    .updateTable('registry_breakers')
    .set(found)
    .where('host', '=', host)
    .where('state', '=', 'open')
    .execute()
}
