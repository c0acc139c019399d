import type { PinnedBase } from '#contract/build.ts'
import type { BuildSources } from '#contract/context.ts'
import { atOnce } from './at-once.ts'
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
  return store(pool, images, { sources: JSON.stringify(sources) }, id)
}

/** Notes the bases of a build likewise. */
export async function storeBases(
  pool: Pool,
  id: string,
  bases: readonly PinnedBase[],
): Promise<readonly string[]> {
  const images = bases.map(({ pinned }) => pinned)
  return store(pool, images, { bases: JSON.stringify(bases) }, id)
}

class Gone extends Error {
  readonly images: readonly string[]

  constructor(images: readonly string[]) {
    super('images are being deleted')
    this.images = images
  }
}

/** Both by one trip: what is noted is taken back when some are gone, which is rare. */
async function store(
  pool: Pool,
  images: readonly string[],
  change: { readonly sources: string } | { readonly bases: string },
  id: string,
): Promise<readonly string[]> {
  try {
    await pool.transaction().execute(async (db) => {
      const [gone] = await atOnce(db, async (own) =>
        Promise.all([
          lockLiving(own, images),
          own.updateTable('builds').set(change).where('id', '=', id).execute(),
        ]),
      )
      if (gone.length > 0) throw new Gone(gone)
    })
    return []
  } catch (error) {
    if (error instanceof Gone) return error.images
    throw error
  }
}
