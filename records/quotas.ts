import { sql } from 'kysely'
import { type QuotaName, quotaNames } from '#contract/quota.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import { countUse } from './quota-use.ts'
import type { Scope } from './scope.ts'

export type Limits = Readonly<Record<QuotaName, number | null>>

const unlimited: Limits = {
  builds_queued: null,
  images: null,
  context_bytes: null,
  log_bytes: null,
  gpu_minutes: null,
  registry_bytes: null,
}

/** What is asked for would be more than the project may have. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded'
  readonly quota: QuotaName

  constructor(quota: QuotaName, use: number, limit: number) {
    super(`${use} of ${limit} are used`)
    this.quota = quota
  }
}

/**
 * Lets nobody else of the project ask before the transaction ends, where the project has limits at all.
 * @throws QuotaExceeded for the first of what is asked for that would be too much.
 */
export async function requireQuotas(
  db: Db,
  projectId: number,
  asked: Partial<Record<QuotaName, number>>,
): Promise<void> {
  const limits = await db
    .selectFrom('quotas')
    .selectAll()
    .where('project_id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  if (limits === undefined) return
  for (const name of quotaNames) {
    const [limit, more] = [limits[name], asked[name] ?? 0]
    if (limit === null || more === 0) continue
    const use = await countUse[name](db, projectId)
    if (use + more > limit) throw new QuotaExceeded(name, use, limit)
  }
}

export async function readLimits(db: Db, projectId: number): Promise<Limits> {
  const row = await db
    .selectFrom('quotas')
    .select(quotaNames)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
  return row ?? unlimited
}

/** What is absent in the change stays as it is. What is used already stays, also where it is more. */
export async function changeQuotas(
  { farm, actor }: Scope,
  project: { readonly id: number; readonly name: string },
  change: { readonly [Name in QuotaName]?: number | null | undefined },
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    const set = Object.fromEntries(
      quotaNames.flatMap((name) => (change[name] === undefined ? [] : [[name, change[name]]])),
    )
    await db
      .insertInto('quotas')
      .values({ project_id: project.id, ...unlimited, ...set })
      .onConflict((c) =>
        c.column('project_id').doUpdateSet({ project_id: sql`excluded.project_id`, ...set }),
      )
      .execute()
    await recordAudit(db, { actor, action: 'project.quotas', object: project.name, detail: change })
  })
}
