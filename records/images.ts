import type { Selectable } from 'kysely'
import type { LibraryName } from '#contract/image.ts'
import type { Db } from './connect.ts'
import type { ImageTable } from './schema.ts'

/** An image with the name of its project. */
export type ImageRow = Selectable<ImageTable> & { readonly project: string }

/** A name and its tag are one image, however the name was spelt: `app` is `app:latest`. */
export async function findImage(
  db: Db,
  { repository, tag }: LibraryName,
): Promise<ImageRow | undefined> {
  return selectImages(db)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Also one that is deleted. */
export async function findImageById(db: Db, id: number): Promise<ImageRow | undefined> {
  return selectImages(db).where('images.id', '=', id).executeTakeFirst()
}

/** Whether builds of a project may read a repository of the library: their own, and what is public. */
export async function mayRead(db: Db, projectId: number, repository: string): Promise<boolean> {
  const image = await db
    .selectFrom('images')
    .select('id')
    .where('repository', '=', repository)
    .where('deleted_at', 'is', null)
    .where((where) =>
      where.or([where('project_id', '=', projectId), where('visibility', '=', 'public')]),
    )
    .limit(1)
    .executeTakeFirst()
  return image !== undefined
}

function selectImages(db: Db) {
  return db
    .selectFrom('images')
    .innerJoin('projects', 'projects.id', 'images.project_id')
    .selectAll('images')
    .select('projects.name as project')
}
