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
  volume_bytes: null,
  environments: null,
  environment_gpus: null,
}

/** What is asked for would be more than the project may have. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded'
  readonly quota: QuotaName

  constructor(quota: QuotaName, use: number, limit: number, more: number) {
    super(`${use} of ${limit} are used${more > 1 ? `, and ${more} more are wanted` : ''}`)
    this.quota = quota
  }
}

/** What a project may still have, for one transaction. */
export interface Allowance {
  /** @throws QuotaExceeded for the first of what is asked for that would be too much; nothing is taken then. */
  take(asked: Asked): Promise<void>
  /** For what comes to light later. @throws QuotaExceeded for the first of which nothing is left. */
  requireSome(names: readonly QuotaName[]): Promise<void>
}

type Asked = Partial<Record<QuotaName, number>>

/** Lets nobody else of the project ask before the transaction ends, where the project has limits at all. */
export async function openAllowance(db: Db, projectId: number): Promise<Allowance> {
  const limits = await db
    .selectFrom('quotas')
    .selectAll()
    .where('project_id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  const uses = new Map<QuotaName, number>()
  /** @returns how much of each would be used then, of what is limited. */
  const add = async (asked: Asked) => {
    const then: [QuotaName, number][] = []
    for (const name of quotaNames) {
      const [limit = null, more] = [limits?.[name], asked[name] ?? 0]
      if (limit === null || more === 0) continue
      const use = uses.get(name) ?? (await countUse[name](db, projectId))
      uses.set(name, use)
      if (use + more > limit) throw new QuotaExceeded(name, use, limit, more)
      then.push([name, use + more])
    }
    return then
  }
  return {
    take: async (asked) => {
      for (const [name, use] of await add(asked)) uses.set(name, use)
    },
    requireSome: async (names) =>
      void (await add(Object.fromEntries(names.map((one) => [one, 1])))),
  }
}

/** The same for what is asked once. @throws QuotaExceeded */
export async function requireQuotas(db: Db, projectId: number, asked: Asked): Promise<void> {
  await (await openAllowance(db, projectId)).take(asked)
}

/**
 * What a build takes when it is accepted. A name that is built again takes none of the images that the project may have.
 * @throws QuotaExceeded
 */
export async function takeBuild(allowance: Allowance, isKnown: boolean): Promise<void> {
  await allowance.requireSome(['log_bytes', 'gpu_minutes', 'registry_bytes'])
  await allowance.take({ builds_queued: 1, images: isKnown ? 0 : 1 })
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
