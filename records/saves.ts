import { sql } from 'kysely'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { SaveChoices } from '#contract/save.ts'
import type { Db } from './connect.ts'

/** What a build saves. */
export interface NewSave extends EnvironmentRef {
  readonly choices: SaveChoices
  /** Who asks for it. */
  readonly actor: string
}

/**
 * Locks the environment of a save, so that of this and its deletion one wins.
 * @returns the node that has its files; `undefined` when it is deleted, was started again, or never was on a node.
 */
export async function lockSaved(
  db: Db,
  { environmentId, start }: EnvironmentRef,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('environments')
    .select('node_id')
    .where('id', '=', environmentId)
    .where('start', '=', start)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return row?.node_id ?? undefined
}

export async function storeSave(db: Db, buildId: string, save: NewSave): Promise<void> {
  const { environmentId, start, choices, actor } = save
  await db
    .insertInto('build_saves')
    .values({
      build_id: buildId,
      environment_id: environmentId,
      start,
      choices: JSON.stringify(choices),
      saved_by: actor,
    })
    .execute()
}

export type SaveRow = NonNullable<Awaited<ReturnType<typeof findSave>>>

/** `undefined` for a build that saves nothing. */
export async function findSave(db: Db, buildId: string) {
  return db
    .selectFrom('build_saves')
    .innerJoin('environments', 'environments.id', 'build_saves.environment_id')
    .select(['environment_id', 'build_saves.start', 'choices', 'saved_by'])
    .select(['environments.name as parent', 'environments.digest as parent_digest'])
    .where('build_id', '=', buildId)
    .executeTakeFirst()
}

/** The running build of this name, where it saves exactly this. */
export async function findSameSave(
  db: Db,
  { repository, tag }: { readonly repository: string; readonly tag: string },
  { environmentId, start, choices }: NewSave,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('builds')
    .innerJoin('build_saves', 'build_saves.build_id', 'builds.id')
    .select('builds.id')
    .where('status', '=', 'building')
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .where('environment_id', '=', environmentId)
    .where('start', '=', start)
    .where(sql<boolean>`choices = ${JSON.stringify(choices)}::jsonb`)
    .executeTakeFirst()
  return row?.id
}

/** Keeps the bytes of the parent's manifest and configuration, in base64. */
export async function storeParent(
  db: Db,
  buildId: string,
  { manifest, config }: { readonly manifest: string; readonly config: string },
): Promise<void> {
  await db
    .updateTable('build_saves')
    .set({ parent_manifest: manifest, parent_config: config })
    .where('build_id', '=', buildId)
    .execute()
}

/** More saves than these on one another are not counted. */
const maxChain = 200

/** Layers of saves at the top of the image of an environment. */
export interface SaveChain {
  readonly count: number
  /** Files of layers below that they have deleted or replaced, in bytes, as far as that was noted. */
  readonly hiddenBytes: number
}

export async function readSaveChain(db: Db, environmentId: string): Promise<SaveChain> {
  const first = await db
    .selectFrom('environments')
    .select('digest')
    .where('id', '=', environmentId)
    .executeTakeFirst()
  let digest = first?.digest
  let hiddenBytes = 0
  for (let count = 0; ; count += 1) {
    const save = digest === undefined ? undefined : await findSaveOf(db, digest)
    if (save === undefined || count === maxChain) return { count, hiddenBytes }
    // One that was squashed has no layer of a save below it, and hides nothing of one.
    digest = save.choices.squash ? undefined : save.digest
    if (!save.choices.squash) hiddenBytes += save.hidden_bytes ?? 0
  }
}

/** By which save the version of a digest came about, with the digest of its parent. */
async function findSaveOf(db: Db, digest: string) {
  return db
    .selectFrom('builds')
    .innerJoin('build_saves', 'build_saves.build_id', 'builds.id')
    .innerJoin('environments', 'environments.id', 'build_saves.environment_id')
    .innerJoin('versions', 'versions.build_id', 'builds.id')
    .select(['choices', 'hidden_bytes', 'environments.digest'])
    .where('versions.digest', '=', digest)
    .orderBy('builds.id', 'desc')
    .executeTakeFirst()
}
