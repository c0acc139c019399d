import type { ImageRow } from '../../records/images.ts'
import type { Db } from '../../records/connect.ts'

export interface ImageFilter {
  readonly project?: string | undefined
  readonly category?: string | undefined
  readonly isOfficial?: boolean | undefined
  /** Id of the last image of the page before. */
  readonly after?: number | undefined
  readonly limit: number
}

/** One page of the library, by id. */
export async function listImages(db: Db, filter: ImageFilter) {
  const rows = await db
    .selectFrom('images')
    .select(['id', 'name', 'description', 'category', 'size', 'is_official'])
    .$if(filter.project !== undefined, (q) =>
      q.where('project_id', '=', (select) =>
        select
          .selectFrom('projects')
          .select('projects.id')
          .where('projects.name', '=', filter.project ?? ''),
      ),
    )
    .$if(filter.category !== undefined, (q) => q.where('category', '=', filter.category ?? ''))
    .$if(filter.isOfficial !== undefined, (q) =>
      q.where('is_official', '=', filter.isOfficial ?? false),
    )
    .where('id', '>', filter.after ?? 0)
    .orderBy('id')
    .limit(filter.limit + 1)
    .execute()
  const images = rows.slice(0, filter.limit)
  const last = images.at(-1)
  return {
    images,
    ...(rows.length > images.length && last ? { next_cursor: String(last.id) } : {}),
  }
}

/** One image with what its name points at. An image that is not in the registry says so. */
export function showImage(image: ImageRow) {
  const { id, name, description, category, size, is_official, visibility, digest, registry } = image
  return {
    id,
    project: image.project,
    name,
    description,
    category,
    size,
    is_official,
    visibility,
    available: digest !== null,
    size_is: digest === null ? 'nominal' : 'measured',
    digest,
    reference: digest === null ? null : `${registry}@${digest}`,
    created_at: image.created_at.toISOString(),
    ...(digest === null ? { note: `not built yet: POST /api/images/${id}/builds builds it` } : {}),
  }
}
