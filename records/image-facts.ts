import { sql } from 'kysely'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { ImagePackages } from '#contract/image-packages.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { storePackages } from './image-packages.ts'

/** An image whose layers are to be read by whoever claimed it. */
export interface ClaimedImage {
  readonly digest: string
  /** Without the prefix of the registry. */
  readonly repository: string
  /** With this one. */
  readonly tries: number
}

export interface ClaimRules {
  /** Facts that an older analysis found are read again, and those whose packages nobody looked for. */
  readonly analysis: number
  /** After this time somebody else may claim it, in ms; `rareMs` after so many tries that it may be what ends its readers. */
  readonly leaseMs: number
  readonly rareMs: number
  readonly maxTries: number
}

/** When an image is tried that only another analysis could read. */
const never = sql<Date>`'infinity'::timestamptz`

/** Asks for the facts of an image, unless they were asked for before. */
export async function wantFacts(db: Db, digest: string): Promise<void> {
  await db
    .insertInto('image_facts')
    .values({ digest })
    .onConflict((c) => c.column('digest').doNothing())
    .execute()
}

/** Takes the image that waits longest; `undefined` when none does. */
export async function claimImage(db: Db, rules: ClaimRules): Promise<ClaimedImage | undefined> {
  const claimed = await db
    .updateTable('image_facts')
    .set({
      tries: sql<number>`tries + 1`,
      next_try_at: sql<Date>`case when tries < ${rules.maxTries}
        then ${after(rules.leaseMs)} else ${after(rules.rareMs)} end`,
    })
    .where('digest', '=', (select) =>
      select
        .selectFrom('image_facts')
        .select('digest')
        .where((where) =>
          where.or([
            where('analysis', 'is', null),
            where('analysis', '<', rules.analysis),
            where(
              'digest',
              'not in',
              where
                .selectFrom('image_packages')
                .select('digest')
                .where('analysis', '>=', rules.analysis),
            ),
          ]),
        )
        // Facts that came with a build that never published have no bytes to be read from.
        .where((where) =>
          where.exists(
            where
              .selectFrom('versions')
              .select('versions.id')
              .whereRef('versions.digest', '=', 'image_facts.digest')
              .where('versions.deleted_at', 'is', null),
          ),
        )
        .where((where) =>
          where.or([
            where('next_try_at', '<=', sql<Date>`now()`),
            where.and([where('next_try_at', '=', never), where('analysis', '<', rules.analysis)]),
          ]),
        )
        .orderBy('next_try_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['digest', 'tries'])
    .executeTakeFirst()
  if (claimed === undefined) return undefined
  const { repository } = await db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select('images.repository')
    .where('versions.digest', '=', claimed.digest)
    .orderBy(sql`versions.deleted_at is null`, 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return { ...claimed, repository }
}

interface FoundContents {
  readonly analysis: number
  readonly facts: ImageFacts
  readonly packages: ImagePackages
}

/** Keeps what the worker itself has read; it replaces whatever a node has told. */
export async function storeFacts(
  pool: Pool,
  digest: string,
  { analysis, facts, packages }: FoundContents,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await db
      .updateTable('image_facts')
      .set({ analysis, facts: JSON.stringify(facts), problem: null, tries: 0 })
      .where('digest', '=', digest)
      .execute()
    await storePackages(db, digest, { packages, readBy: 'worker', analysis })
    const detail = { analysis }
    await recordAudit(db, { actor: 'farm', action: 'image.analyse', object: digest, detail })
  })
}

export interface AnalysisProblem {
  readonly problem: string
  /** After how many ms to try again; absent when only another analysis could do better than this one. */
  readonly retryMs?: number
  readonly analysis: number
  /** With this one. */
  readonly tries: number
}

/** Notes why an image could not be read, and when to try again. */
export async function storeProblem(
  pool: Pool,
  digest: string,
  { problem, retryMs, analysis, tries }: AnalysisProblem,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await db
      .updateTable('image_facts')
      .set({
        problem,
        ...(retryMs === undefined
          ? { analysis, tries: 0, next_try_at: never }
          : { next_try_at: after(retryMs) }),
      })
      .where('digest', '=', digest)
      .execute()
    const detail = { problem, tries, final: retryMs === undefined }
    await recordAudit(db, { actor: 'farm', action: 'image.analyse', object: digest, detail })
  })
}

/** Gives a claim back unused: whoever stops does not spend one of the tries. */
export async function releaseImage(db: Db, { digest, tries }: ClaimedImage): Promise<void> {
  await db
    .updateTable('image_facts')
    .set({ tries: tries - 1, next_try_at: sql<Date>`now()` })
    .where('digest', '=', digest)
    .execute()
}

/** The facts of those of these digests that have been read. */
export async function readFacts(
  db: Db,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ImageFacts>> {
  if (digests.length === 0) return new Map()
  const rows = await db
    .selectFrom('image_facts')
    .select(['digest', 'facts'])
    .where('digest', 'in', digests)
    .execute()
  return new Map(rows.flatMap(({ digest, facts }) => (facts === null ? [] : [[digest, facts]])))
}

/** What is known of an image; `facts` is null while nobody has read it, `problem` says why if anybody tried. */
export async function findFacts(db: Db, digest: string) {
  return db
    .selectFrom('image_facts')
    .select(['facts', 'problem'])
    .where('digest', '=', digest)
    .executeTakeFirst()
}
