import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

/** An image that was pushed and is not to be published. */
export interface Quarantined extends AttemptRef {
  /** With the prefix of the registry. */
  readonly repository: string
  readonly digest: string
  readonly failure: Pick<BuildFailure, 'code' | 'message'>
}

/** Notes that what an attempt has pushed must not be published, and why. Repeating it changes nothing. */
export async function quarantineImage(pool: Pool, image: Quarantined): Promise<void> {
  const { buildId, attempt, repository, digest, failure } = image
  const { code, message } = failure
  await pool.transaction().execute(async (db) => {
    const row = await db
      .insertInto('quarantine')
      .values({ build_id: buildId, attempt, repository, digest, code, message })
      .onConflict((c) => c.columns(['build_id', 'attempt']).doNothing())
      .returning('digest')
      .executeTakeFirst()
    if (row === undefined) return
    const detail = { attempt, digest, repository, code }
    await recordAudit(db, { actor: 'farm', action: 'image.quarantine', object: buildId, detail })
  })
}

/**
 * Takes an image off the list that is published after all: what was refused because the registry gave other bytes may be
 * whole at the next try. Part of the transaction that publishes it.
 */
export async function releaseQuarantined(
  db: Db,
  { repository, digest }: Pick<Quarantined, 'repository' | 'digest'>,
): Promise<void> {
  const released = await db
    .deleteFrom('quarantine')
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .returning(['build_id', 'attempt', 'code'])
    .execute()
  for (const { build_id: object, attempt, code } of released) {
    const detail = { attempt, digest, repository, code }
    await recordAudit(db, { actor: 'farm', action: 'image.release', object, detail })
  }
}

/** What attempts of a build have pushed and was refused, by attempt. */
export async function readQuarantine(db: Db, buildId: string) {
  return db
    .selectFrom('quarantine')
    .select(['attempt', 'repository', 'digest', 'code', 'message', 'created_at'])
    .where('build_id', '=', buildId)
    .orderBy('attempt')
    .limit(100)
    .execute()
}
