import type { SaveOrder } from '#contract/save.ts'
import type { Db } from '../../records/connect.ts'
import { readSaveChain } from '../../records/saves.ts'

/** What the node of a save is told of it. */
export async function readSaveOrder(db: Db, buildId: string): Promise<SaveOrder> {
  const row = await db
    .selectFrom('build_saves')
    .selectAll()
    .where('build_id', '=', buildId)
    .executeTakeFirstOrThrow()
  const { parent_manifest: manifest, parent_config: config } = row
  if (manifest === null || config === null) throw new Error('the parent was not resolved')
  return {
    ...row.choices,
    environment_id: row.environment_id,
    start: row.start,
    saved_at: row.created_at.toISOString(),
    merges: row.choices.squash ? (await readSaveChain(db, row.environment_id)).count : 0,
    parent: { manifest, config },
  }
}
