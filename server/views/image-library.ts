import { sql } from 'kysely'
import { findWatch } from '../../records/base-watches.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { type ImageRow, readableBy, readShares } from '../../records/images.ts'
import type { Db } from '../../records/connect.ts'
import { type Scope, seesImage } from '../../records/scope.ts'
import { markUnverified, showVerification } from './verification.ts'

export interface ImageFilter {
  /** Whose images they are. */
  readonly project?: string | undefined
  /** Id of the project whose builds may read them. */
  readonly usableBy?: number | undefined
  readonly category?: string | undefined
  readonly name?: string | undefined
  readonly isOfficial?: boolean | undefined
  /** A part of the name. */
  readonly search?: string | undefined
  /** The newest first, instead of the oldest. */
  readonly isNewestFirst?: boolean | undefined
  /** Also private ones of every project that the caller reads, whichever filter there is. */
  readonly withPrivate?: boolean | undefined
  /** Id of the last image of the page before. */
  readonly after?: number | undefined
  readonly limit: number
}

/** One page of the library, by id. Names are lower case, so a search asks for no case. */
export async function listImages(scope: Scope, filter: ImageFilter) {
  const newest = filter.isNewestFirst === true
  const rows = await scope.db
    .selectFrom('images')
    .select(['id', 'name', 'description', 'category', 'size', 'is_official'])
    .select((select) =>
      select
        .selectFrom('versions')
        .innerJoin('verifications', (join) =>
          join
            .onRef('verifications.build_id', '=', 'versions.build_id')
            .onRef('verifications.digest', '=', 'versions.digest'),
        )
        .whereRef('versions.id', '=', 'images.current_version_id')
        .select('verifications.evidence')
        .limit(1)
        .as('evidence'),
    )
    .$if(filter.project !== undefined, (q) =>
      q.where('project_id', '=', (select) =>
        select
          .selectFrom('projects')
          .select('projects.id')
          .where('projects.name', '=', filter.project ?? ''),
      ),
    )
    .$if(filter.name !== undefined, (q) => q.where('images.name', '=', filter.name ?? ''))
    .$if(filter.category !== undefined, (q) => q.where('category', '=', filter.category ?? ''))
    .$if(filter.isOfficial !== undefined, (q) =>
      q.where('is_official', '=', filter.isOfficial ?? false),
    )
    .$if(filter.search !== undefined, (q) =>
      q.where(sql<boolean>`position(${filter.search?.toLowerCase() ?? ''} in images.name) > 0`),
    )
    .where('deleted_at', 'is', null)
    .where(seesImage(scope))
    .$if(filter.usableBy !== undefined, (q) => q.where(readableBy(filter.usableBy ?? 0)))
    // Of private ones only its own project is told, and who knows the name.
    .$if(
      filter.withPrivate !== true &&
        [filter.project, filter.usableBy, filter.name].every((by) => by === undefined),
      (q) => q.where('visibility', '<>', 'private'),
    )
    .$if(filter.after !== undefined, (q) => q.where('id', newest ? '<' : '>', filter.after ?? 0))
    .orderBy('id', newest ? 'desc' : 'asc')
    .limit(filter.limit + 1)
    .execute()
  const images = rows.slice(0, filter.limit)
  const last = images.at(-1)
  return {
    images: images.map(({ evidence, ...image }) => ({ ...image, ...markUnverified(evidence) })),
    ...(rows.length > images.length && last ? { next_cursor: String(last.id) } : {}),
  }
}

/** One image with what its name points at and how that was verified. An image that is not in the registry says so. */
export async function showImage(scope: Scope, image: ImageRow, language: Language) {
  const { db } = scope
  const version = await findCurrent(db, image)
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
    shared_with: await readShares(scope, image),
    ...showWatch(await findWatch(scope.db, id)),
    available: digest !== null,
    size_is: digest === null ? 'nominal' : 'measured',
    digest,
    reference: digest === null ? null : `${registry}@${digest}`,
    created_at: image.created_at.toISOString(),
    verification: version ? await showVerification(db, version, language) : null,
    ...(digest === null ? { note: noteOn(image)[language] } : {}),
  }
}

/** Whether it is built again by itself, and what came of that the last time. */
function showWatch(watch: Awaited<ReturnType<typeof findWatch>>) {
  if (watch === undefined) return { rebuild_on_base: false, rebuild: null }
  const { checked_at, problem, stopped_at } = watch
  return {
    rebuild_on_base: true,
    rebuild: {
      checked_at: checked_at?.toISOString() ?? null,
      problem,
      stopped_at: stopped_at?.toISOString() ?? null,
    },
  }
}

/** How an image comes to be in the registry that is not. */
function noteOn({ id, is_official: isOfficial }: ImageRow): Readonly<Record<Language, string>> {
  if (!isOfficial) return pointless
  const path = `POST /api/images/${id}/builds`
  return { en: `not built yet: ${path} builds it`, zh: `尚未构建：可用 ${path} 构建` }
}

const pointless = {
  en: 'its name points at no version: build it anew, or move it to one that it has',
  zh: '名称未指向任何版本：请重新构建，或将名称指向已有的版本',
}

/** The attempt that made what the name points at. */
async function findCurrent(db: Db, { current_version_id: id }: ImageRow) {
  if (id === null) return undefined
  return db
    .selectFrom('versions')
    .innerJoin('verifications', (join) =>
      join
        .onRef('verifications.build_id', '=', 'versions.build_id')
        .onRef('verifications.digest', '=', 'versions.digest'),
    )
    .select(['verifications.build_id as buildId', 'verifications.attempt'])
    .where('versions.id', '=', id)
    .executeTakeFirst()
}
