import { type ColumnType, sql } from 'kysely'
import type { Problem } from '#contract/problem.ts'
import { acceptAll, type ManyAnswer } from './accept-builds.ts'
import type { NewBuild } from './accept-build.ts'
import type { Json } from './columns.ts'
import type { Db, Pool } from './connect.ts'
import { KeyReused, keptFor, lockCopies } from './repeat-keys.ts'

/** What became of one of many builds. */
export type Submitted = { readonly buildId: string } | { readonly problem: Problem }

/** A batch of which there may be a second copy on its way. */
export interface BatchKey {
  /** Keys of different callers have nothing to do with each other. */
  readonly caller: string
  readonly key: string
  /** Hash of all that was asked. */
  readonly request: Buffer
}

export interface BatchRepeatTable {
  caller: string
  key: string
  request: Buffer
  answers: Json<readonly Submitted[]>
  created_at: ColumnType<Date, never, Date>
}

/** @returns what a batch with this key was answered. @throws KeyReused */
export async function findAnswers(
  db: Db,
  { caller, key, request }: BatchKey,
): Promise<readonly Submitted[] | undefined> {
  const found = await db
    .selectFrom('batch_repeats')
    .select(['request', 'answers'])
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('created_at', '>', sql<Date>`now() - ${keptFor}`)
    .executeTakeFirst()
  if (found !== undefined && !found.request.equals(request)) throw new KeyReused()
  return found?.answers
}

export interface Batch {
  readonly answers: readonly Submitted[]
  /** They are those of an earlier copy. */
  readonly before: boolean
}

/**
 * Accepts many builds as `acceptBuilds` does, and keeps what the batch is answered in the same transaction, unless a copy of
 * it has come before: of copies that come at once the others wait for that. A batch of which nothing was accepted may be
 * tried again with its key. @param tell what each is answered. @throws KeyReused
 */
export async function acceptBatch(
  pool: Pool,
  batch: BatchKey,
  builds: readonly NewBuild[],
  tell: (answers: readonly ManyAnswer[]) => readonly Submitted[],
): Promise<Batch> {
  return pool.transaction().execute(async (db) => {
    await lockCopies(db, 'batch', batch.caller, batch.key)
    const known = await findAnswers(db, batch)
    if (known !== undefined) return { answers: known, before: true }
    const answers = tell(await acceptAll(db, builds))
    if (answers.some((one) => 'buildId' in one)) await storeAnswers(db, batch, answers)
    return { answers, before: false }
  })
}

async function storeAnswers(
  db: Db,
  { caller, key, request }: BatchKey,
  answers: readonly Submitted[],
): Promise<void> {
  const json = JSON.stringify(answers)
  await db
    .insertInto('batch_repeats')
    .values({ caller, key, request, answers: json })
    // Only one that is too old to count is still there.
    .onConflict((c) =>
      c
        .columns(['caller', 'key'])
        .doUpdateSet({ request, answers: json, created_at: sql<Date>`now()` }),
    )
    .execute()
}
