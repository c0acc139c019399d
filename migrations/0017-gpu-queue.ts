import type { Kysely } from 'kysely'

/**
 * Which GPUs an attempt that waits would take, so that whoever came first is served first; the policy that a build was
 * validated with; and the digest whose facts say what GPU the build needs.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('attempts').addColumn('gpu_candidates', 'jsonb').execute()
  await db.schema
    .alterTable('builds')
    .addColumn('gpu_policy', 'jsonb')
    .addColumn('gpu_digest', 'varchar(71)')
    .execute()
}
