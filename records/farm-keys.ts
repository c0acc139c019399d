import type { Db } from './connect.ts'

/** A key that all servers of the farm share and that outlives them: the first that asks for it makes it. */
export async function ensureFarmKey(db: Db, name: string, fresh: Buffer): Promise<Buffer> {
  await db
    .insertInto('farm_keys')
    .values({ name, key: fresh })
    .onConflict((c) => c.doNothing())
    .execute()
  const { key } = await db
    .selectFrom('farm_keys')
    .select('key')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return key
}
