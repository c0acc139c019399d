import { sql } from 'kysely'
import type { RegistryAbilities, RegistryKind } from '#contract/registry.ts'
import type { Db } from './connect.ts'

export interface RegistryLook {
  readonly host: string
  readonly kind: RegistryKind
  /** Absent where the registry tells none. */
  readonly version: string | undefined
  readonly abilities: RegistryAbilities
}

/** Notes what the registry is, as it was found to be just now. */
export async function saveRegistry(
  db: Db,
  { host, kind, version, abilities }: RegistryLook,
): Promise<void> {
  const found = {
    kind,
    version: version ?? null,
    abilities: JSON.stringify(abilities),
    looked_at: sql<Date>`now()`,
  }
  await db
    .insertInto('registry_state')
    .values({ host, ...found })
    .onConflict((c) => c.column('host').doUpdateSet(found))
    .execute()
}

/**
 * `undefined` as long as nobody has found out.
 * @param freshMs how long ago it may have been looked at to count as fresh.
 */
export async function findRegistry(db: Db, host: string, freshMs = 0) {
  return db
    .selectFrom('registry_state')
    .selectAll()
    .select(sql<boolean>`looked_at > now() - ${freshMs} * interval '1 millisecond'`.as('isFresh'))
    .where('host', '=', host)
    .executeTakeFirst()
}
