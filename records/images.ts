import { type Selectable, sql } from 'kysely'
import type { ImageReference, LibraryName } from '#contract/image.ts'
import type { ChangeImage } from '#contract/visibility.ts'
import { recordAudit } from './audit.ts'
import { unwatchBases, watchBases } from './base-watches.ts'
import type { Db } from './connect.ts'
import type { ImageTable } from './schema.ts'
import { inScope, type Scope, seesImage, wholeFarm } from './scope.ts'

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

/** What a name of the library means to builds of a project. @returns undefined also when they may not read it. */
export async function findReadable(
  db: Db,
  projectId: number,
  name: LibraryName,
): Promise<ImageRow | undefined> {
  const image = await findImage(db, name)
  return image !== undefined && (await mayRead(db, projectId, name)) ? image : undefined
}

/**
 * Whether builds of a project may read what a reference means where it lies. Outside the library its registry decides.
 * @param library the name of its repository in the library, where it lies there.
 */
export async function mayReadAt(
  db: Db,
  projectId: number,
  { library }: { readonly library?: string },
  { tag, digest }: Pick<ImageReference, 'tag' | 'digest'>,
): Promise<boolean> {
  return library === undefined || mayRead(db, projectId, { repository: library, tag, digest })
}

/** Also one that is deleted. @returns undefined also when the caller does not see it. */
export async function findImageById(scope: Scope, id: number): Promise<ImageRow | undefined> {
  return selectImages(scope.db)
    .where('images.id', '=', id)
    .where(seesImage(scope))
    .executeTakeFirst()
}

/** Whether builds of a project may read an image: one of their own, a public one, or one that is shared with them. */
export function readableBy(projectId: number) {
  return sql<boolean>`(images.project_id = ${projectId} or images.visibility = 'public'
    or (images.visibility = 'project' and exists (
      select from image_shares
      where image_shares.image_id = images.id and image_shares.project_id = ${projectId})))`
}

/** What is meant in a repository of the library. */
interface RepositoryReference {
  readonly repository: string
  readonly tag?: string | undefined
  readonly digest?: string | undefined
}

/**
 * Whether builds of a project may read what a reference means. In a repository of their own that is all; of others only what
 * a name that they may read points at, or has pointed at.
 */
async function mayRead(
  db: Db,
  projectId: number,
  { repository, tag, digest }: RepositoryReference,
): Promise<boolean> {
  const version = sql<boolean>`exists (
    select from versions where versions.image_id = images.id
    and (versions.digest = ${digest ?? ''} or images.tag || '-v' || versions.number = ${tag ?? ''}))`
  const image = await db
    .selectFrom('images')
    .select('id')
    .where('repository', '=', repository)
    .where('deleted_at', 'is', null)
    .where(readableBy(projectId))
    .where((where) =>
      where.or([
        where('project_id', '=', projectId),
        ...(digest === undefined ? [where('images.tag', '=', tag ?? 'latest')] : []),
        version,
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return image !== undefined
}

/** Names of the projects that an image is shared with: all for its own project, else those that the caller sees. */
export async function readShares(
  scope: Scope,
  { id: imageId, project_id: owner }: Pick<ImageRow, 'id' | 'project_id'>,
): Promise<readonly string[]> {
  const isOwn = scope.projects === 'all' || scope.projects.includes(owner)
  const { db, projects } = isOwn ? wholeFarm(scope) : scope
  const rows = await db
    .selectFrom('image_shares')
    .innerJoin('projects', 'projects.id', 'image_shares.project_id')
    .select('projects.name')
    .where('image_id', '=', imageId)
    .where(inScope({ projects }, 'projects.id'))
    .orderBy('projects.name')
    .execute()
  return rows.map(({ name }) => name)
}

export type ChangeAnswer =
  | 'changed'
  | 'private'
  /** A name among `shared_with` that is no project. */
  | { readonly unknown: string }

/**
 * Changes what people say of an image, and who may build on it. A private one is shared with nobody any more, and cannot
 * be while it stays private. Nothing is changed unless the answer is `changed`.
 */
export async function changeImage(
  { farm, actor }: Scope,
  { id, name, project_id: owner }: ImageRow,
  { shared_with: shared, rebuild_on_base: rebuild, ...change }: ChangeImage,
): Promise<ChangeAnswer> {
  return farm.transaction().execute(async (db) => {
    const stored = await db
      .selectFrom('images')
      .select('visibility')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const isPrivate = (change.visibility ?? stored.visibility) === 'private'
    if (isPrivate && shared !== undefined && shared.length > 0) return 'private'
    const names = change.visibility === 'private' ? [] : shared
    const projects = names === undefined ? undefined : await findProjects(db, names)
    const unknown = names?.find((one) => projects?.every((each) => each.name !== one))
    if (unknown !== undefined) return { unknown }
    const { description, category, visibility } = change
    await db
      .updateTable('images')
      .set({
        // Its own value, so that there is always something to set.
        name,
        ...(description !== undefined && { description }),
        ...(category !== undefined && { category }),
        ...(visibility !== undefined && { visibility }),
      })
      .where('id', '=', id)
      .execute()
    if (projects !== undefined) {
      await db.deleteFrom('image_shares').where('image_id', '=', id).execute()
      const rows = projects
        .filter((one) => one.id !== owner)
        .map((one) => ({ image_id: id, project_id: one.id }))
      if (rows.length > 0) await db.insertInto('image_shares').values(rows).execute()
    }
    if (rebuild === true) await watchBases(db, id)
    if (rebuild === false) await unwatchBases(db, id)
    const detail = { ...change, shared_with: names, rebuild_on_base: rebuild }
    await recordAudit(db, { actor, action: 'image.change', object: name, detail })
    return 'changed'
  })
}

async function findProjects(db: Db, names: readonly string[]) {
  if (names.length === 0) return []
  return db.selectFrom('projects').select(['id', 'name']).where('name', 'in', names).execute()
}

function selectImages(db: Db) {
  return db
    .selectFrom('images')
    .innerJoin('projects', 'projects.id', 'images.project_id')
    .selectAll('images')
    .select('projects.name as project')
}
