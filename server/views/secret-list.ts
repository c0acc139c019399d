import type { Db } from '../../records/connect.ts'
import type { StoredSecret } from '../../records/secrets.ts'

export interface SecretFilter {
  readonly projectId: number
  /** Name of the last secret of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of a project's secrets, by name: everything but their values. */
export async function listSecrets(db: Db, { projectId, after, limit }: SecretFilter) {
  const rows = await db
    .selectFrom('secrets')
    .select(['name', 'size', 'created_at', 'updated_at'])
    .where('project_id', '=', projectId)
    .where('replaced_at', 'is', null)
    .where('name', '>', after ?? '')
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const secrets = rows.slice(0, limit)
  const last = secrets.at(-1)
  return {
    secrets: secrets.map(showSecret),
    ...(rows.length > limit && last ? { next_cursor: last.name } : {}),
  }
}

export function showSecret({ name, size, created_at, updated_at }: StoredSecret) {
  return {
    name,
    size,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  }
}
