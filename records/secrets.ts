import { sql } from 'kysely'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import type { ProjectRow } from './projects.ts'
import type { Scope } from './scope.ts'

export interface SealedSecret {
  readonly name: string
  /** New for each value: the bytes are sealed for exactly this project, name and version. */
  readonly version: string
  readonly sealed: Uint8Array
}

export interface StoredSecret {
  readonly name: string
  /** Bytes of the value. */
  readonly size: number
  readonly created_at: Date
  readonly updated_at: Date
}

/** Makes this the value of the secret from now on. Running builds keep the value that they were accepted with. */
export async function putSecret(
  { farm, actor }: Scope,
  project: ProjectRow,
  { name, version, sealed }: SealedSecret,
  size: number,
): Promise<StoredSecret & { readonly isNew: boolean }> {
  return farm.transaction().execute(async (db) => {
    const earlier = await retire(db, project.id, name)
    const stored = await db
      .insertInto('secrets')
      .values({
        version,
        project_id: project.id,
        name,
        sealed: Buffer.from(sealed),
        size,
        ...(earlier && { created_at: earlier.created_at }),
      })
      .returning(['name', 'size', 'created_at', 'updated_at'])
      .executeTakeFirstOrThrow()
    await dropUnused(db)
    await audit(db, actor, 'secret.put', project, name, { version, size })
    return { ...stored, isNew: earlier === undefined }
  })
}

/** @returns false when there is no such secret. Running builds that use it keep its value. */
export async function deleteSecret(
  { farm, actor }: Scope,
  project: ProjectRow,
  name: string,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    if ((await retire(db, project.id, name)) === undefined) return false
    await dropUnused(db)
    await audit(db, actor, 'secret.delete', project, name, {})
    return true
  })
}

/** Deletes values that were replaced and that no running build was accepted with. */
export async function dropUnusedSecrets(pool: Pool): Promise<void> {
  await dropUnused(pool)
}

/** The current values of these secrets; those that do not exist are missing. */
export async function findSecrets(
  db: Db,
  projectId: number,
  names: readonly string[],
): Promise<readonly SealedSecret[]> {
  return names.length === 0 ? [] : selectCurrent(db, projectId, names).execute()
}

/** The same, and none of them is replaced or deleted before the transaction ends. */
export async function lockSecrets(
  db: Db,
  projectId: number,
  names: readonly string[],
): Promise<readonly SealedSecret[]> {
  return names.length === 0 ? [] : selectCurrent(db, projectId, names).forShare().execute()
}

function selectCurrent(db: Db, projectId: number, names: readonly string[]) {
  return db
    .selectFrom('secrets')
    .select(['name', 'version', 'sealed'])
    .where('project_id', '=', projectId)
    .where('name', 'in', names)
    .where('replaced_at', 'is', null)
}

/** Lets a build keep these values until it has ended. */
export async function useSecrets(
  db: Db,
  buildId: string,
  secrets: readonly { readonly version: string }[],
): Promise<void> {
  if (secrets.length === 0) return
  const rows = secrets.map(({ version }) => ({ build_id: buildId, version }))
  await db.insertInto('build_secrets').values(rows).execute()
}

/** The secrets of a build, with the values that it was accepted with. */
export async function readBuildSecrets(db: Db, buildId: string): Promise<readonly SealedSecret[]> {
  return db
    .selectFrom('build_secrets')
    .innerJoin('secrets', 'secrets.version', 'build_secrets.version')
    .select(['secrets.name', 'secrets.version', 'secrets.sealed'])
    .where('build_id', '=', buildId)
    .execute()
}

/** Two that give one name a value at once do so one after the other. */
async function retire(db: Db, projectId: number, name: string) {
  await db
    .selectFrom('projects')
    .select('id')
    .where('id', '=', projectId)
    .forNoKeyUpdate()
    .execute()
  return db
    .updateTable('secrets')
    .set({ replaced_at: sql<Date>`now()` })
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .where('replaced_at', 'is', null)
    .returning('created_at')
    .executeTakeFirst()
}

async function dropUnused(db: Db): Promise<void> {
  await db
    .deleteFrom('secrets')
    .where('replaced_at', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('build_secrets')
            .innerJoin('builds', 'builds.id', 'build_secrets.build_id')
            .select('builds.id')
            .whereRef('build_secrets.version', '=', 'secrets.version')
            .where('builds.status', '=', 'building'),
        ),
      ),
    )
    .execute()
}

async function audit(
  db: Db,
  actor: string,
  action: string,
  project: ProjectRow,
  name: string,
  detail: object,
): Promise<void> {
  await recordAudit(db, { actor, action, object: `${project.name}/${name}`, detail })
}
