import type { Selectable } from 'kysely'
import type { LibraryName } from '#contract/image.ts'
import type { Db } from './connect.ts'
import type { ImageTable } from './schema.ts'

export type ImageRow = Selectable<ImageTable>

/** A name and its tag are one image, however the name was spelt: `app` is `app:latest`. */
export async function findImage(
  db: Db,
  { repository, tag }: LibraryName,
): Promise<ImageRow | undefined> {
  return db
    .selectFrom('images')
    .selectAll()
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .executeTakeFirst()
}

export async function findImageById(db: Db, id: number): Promise<ImageRow | undefined> {
  return db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst()
}
