import { sql } from 'kysely'
import type { RegistryKind } from '#contract/registry.ts'
import type { Db } from './connect.ts'

export interface RegistryLook {
  readonly host: string
  readonly kind: RegistryKind
  /** Absent where the registry tells none. */
  readonly version: string | undefined
}

/** Notes what the registry is, as it was found to be just now. */
export async function saveRegistry(db: Db, { host, kind, version }: RegistryLook): Promise<void> {
  const found = { kind, version: version ?? null, looked_at: sql<Date>`now()` }
  await db
    .insertInto('registry_state')
    .values({ host, ...found })
    .onConflict((c) => c.column('host').doUpdateSet(found))
    .execute()
}

/** `undefined` as long as nobody has found out. */
export async function findRegistry(db: Db, host: string) {
  return db.selectFrom('registry_state').selectAll().where('host', '=', host).executeTakeFirst()
}
