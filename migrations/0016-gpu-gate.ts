import { type Kysely, sql } from 'kysely'

/**
 * GPUs that are leased to attempts, what was found out on them, and what becomes of images that find none. A lease that
 * has ended stays as its own record; `leftover` holds the GPU beyond the end of the attempt.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('gpu_leases')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('uuid', 'varchar(64)', (c) => c.notNull())
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull().references('nodes.id'))
    .addColumn('incarnation', 'uuid', (c) => c.notNull())
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('purpose', 'varchar(16)', (c) => c.notNull())
    .addColumn('gpu', 'jsonb', (c) => c.notNull())
    .addColumn('granted_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('leased_until', 'timestamptz', (c) => c.notNull())
    .addColumn('leftover', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('released_at', 'timestamptz')
    .execute()
  await sql`create unique index gpu_leases_held on gpu_leases (uuid) where released_at is null`.execute(
    db,
  )
  await sql`create index gpu_leases_attempt on gpu_leases (build_id, attempt)`.execute(db)
  await db.schema
    .createTable('evidence')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('nonce', 'varchar(128)', (c) => c.notNull())
    .addColumn('evidence', 'varchar(16)', (c) => c.notNull())
    .addColumn('passed', 'boolean', (c) => c.notNull())
    .addColumn('gpu', 'jsonb')
    .addColumn('arch', 'text', (c) => c.notNull())
    .addColumn('report', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('evidence_pkey', ['build_id', 'attempt'])
    .execute()
  await sql`create index evidence_digest on evidence (digest)`.execute(db)
  await db.schema
    .createTable('refused_gpus')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('uuid', 'varchar(64)', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('code', 'varchar(32)', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('refused_gpus_pkey', ['build_id', 'node_id', 'uuid'])
    .execute()
  await db.schema
    .alterTable('attempts')
    .addColumn('gpu_wanted_at', 'timestamptz')
    .addColumn('gpu_asked_at', 'timestamptz')
    .addColumn('gpu_purpose', 'varchar(16)')
    .addColumn('gpu_reason', 'text')
    .addColumn('facts_digest', 'varchar(71)')
    .execute()
  await db.schema
    .alterTable('builds')
    .addColumn('needs_gpu', 'boolean', (c) => c.notNull().defaultTo(false))
    .execute()
  await db.schema.alterTable('projects').addColumn('gpu_policy', 'jsonb').execute()
}
