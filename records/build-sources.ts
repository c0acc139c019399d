import type { PinnedBase } from '#contract/build.ts'
import type { BuildSources } from '#contract/context.ts'
import type { Pool } from './connect.ts'
import { lockLiving } from './living-references.ts'

/**
 * Notes what the files of a build come from.
 * @returns the images among them that are being deleted; nothing is noted when there are any.
 */
export async function storeSources(
  pool: Pool,
  id: string,
  sources: BuildSources,
): Promise<readonly string[]> {
  const images = Object.values(sources.named).flatMap((one) =>
    'image' in one && one.pinned !== undefined ? [one.pinned] : [],
  )
  return pool.transaction().execute(async (db) => {
    const gone = await lockLiving(db, images)
    if (gone.length > 0) return gone
    const json = JSON.stringify(sources)
    await db.updateTable('builds').set({ sources: json }).where('id', '=', id).execute()
    return []
  })
}

/** Notes the bases of a build likewise. */
export async function storeBases(
  pool: Pool,
  id: string,
  bases: readonly PinnedBase[],
): Promise<readonly string[]> {
  return pool.transaction().execute(async (db) => {
    const gone = await lockLiving(
      db,
      bases.map(({ pinned }) => pinned),
    )
    if (gone.length > 0) return gone
    const json = JSON.stringify(bases)
    await db.updateTable('builds').set({ bases: json }).where('id', '=', id).execute()
    return []
  })
}
