import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Nothing of an agent is on its way for so long after a later one has taken its place. */
const keptFor = sql`interval '7 days'`

/**
 * Notes that this start of an agent takes the place of the one before, which is not heard again. To be called in the
 * transaction that stores the node. @returns false when a later one has taken its place already.
 */
export async function replaceIncarnation(
  db: Db,
  nodeId: string,
  incarnation: string,
): Promise<boolean> {
  const current = await db
    .selectFrom('nodes')
    .select('incarnation')
    .where('id', '=', nodeId)
    .forUpdate()
    .executeTakeFirst()
  if (current === undefined || current.incarnation === incarnation) return true
  const replaced = await db
    .selectFrom('replaced_incarnations')
    .select('incarnation')
    .where('node_id', '=', nodeId)
    .where('incarnation', '=', incarnation)
    .executeTakeFirst()
  if (replaced !== undefined) return false
  await db
    .deleteFrom('replaced_incarnations')
    .where('node_id', '=', nodeId)
    .where('replaced_at', '<', sql<Date>`now() - ${keptFor}`)
    .execute()
  await db
    .insertInto('replaced_incarnations')
    .values({ node_id: nodeId, incarnation: current.incarnation })
    .execute()
  return true
}
