import { randomBytes } from 'node:crypto'
import type { AttemptRef } from '#contract/build.ts'
import { createNewId } from '#contract/id.ts'
import { saveChoices } from '#contract/wire/save.ts'
import type { Db } from '../../records/connect.ts'
import { storeSave } from '../../records/saves.ts'

const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

export function newDigest(): string {
  return `sha256:${randomBytes(32).toString('hex')}`
}

/** The version that a build has made, as publication leaves it. */
export async function addVersion(db: Db, buildId: string, digest: string): Promise<void> {
  const build = await db
    .selectFrom('builds')
    .select(['repository', 'tag', 'project_id'])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow()
  const image = await db
    .insertInto('images')
    .values({
      ...build,
      name: buildId,
      description: '',
      category: 'custom',
      registry: 'r',
      size: 1,
      visibility: 'private',
      digest,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('versions')
    .values({ image_id: image.id, number: 1, build_id: buildId, digest, size: 1 })
    .execute()
}

/** An environment that has stopped on a node, of the version with this digest. @returns its id. */
export async function addEnvironment(db: Db, nodeId: string, digest: string): Promise<string> {
  const version = await db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(['versions.id', 'name', 'repository', 'project_id'])
    .where('versions.digest', '=', digest)
    .executeTakeFirstOrThrow()
  const id = newId('env')
  await db
    .insertInto('environments')
    .values({
      id,
      project_id: version.project_id,
      version_id: version.id,
      name: version.name,
      repository: version.repository,
      digest,
      gpu: false,
      cpu: 1,
      memory_bytes: 1,
      ports: '[]',
      state: 'stopped',
      node_id: nodeId,
      start: 1,
    })
    .execute()
  return id
}

/** Lets a build save an environment. */
export async function makeSave(
  db: Db,
  { buildId }: Pick<AttemptRef, 'buildId'>,
  environmentId: string,
  choices: object = {},
): Promise<void> {
  const save = { environmentId, start: 1, choices: saveChoices.parse(choices), actor: 'ada' }
  await storeSave(db, buildId, save)
}
