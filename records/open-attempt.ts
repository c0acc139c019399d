import type { QueryCreator } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { Database } from './schema.ts'

/** A build with this attempt, as long as that is its current one and has not ended. */
export function selectOpenAttempt(db: QueryCreator<Database>, { buildId, attempt }: AttemptRef) {
  return db
    .selectFrom('builds')
    .innerJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'builds.id')
        .onRef('attempts.number', '=', 'builds.attempt'),
    )
    .where('builds.id', '=', buildId)
    .where('builds.attempt', '=', attempt)
    .where('attempts.finished_at', 'is', null)
}
