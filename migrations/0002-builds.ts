import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await createBuilds(db)
  await db.schema
    .createTable('attempts')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('node_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('incarnation', 'uuid', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('placed_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('started_at', 'timestamptz')
    .addColumn('finished_at', 'timestamptz')
    .addColumn('failure', 'jsonb')
    .addPrimaryKeyConstraint('attempts_pkey', ['build_id', 'number'])
    .execute()
  await sql`create index attempts_open on attempts (node_id) where finished_at is null`.execute(db)
  await db.schema
    .createTable('stages')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('stage', 'varchar(16)', (c) => c.notNull())
    .addColumn('started_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('finished_at', 'timestamptz')
    .addPrimaryKeyConstraint('stages_pkey', ['build_id', 'attempt', 'stage'])
    .execute()
  await db.schema
    .createTable('build_logs')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('start_line', 'bigint', (c) => c.notNull())
    .addColumn('end_line', 'bigint', (c) => c.notNull())
    .addColumn('lines', 'jsonb', (c) => c.notNull())
    .addPrimaryKeyConstraint('build_logs_pkey', ['build_id', 'attempt', 'start_line'])
    .execute()
}

async function createBuilds(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('builds')
    .addColumn('id', 'varchar(40)', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'varchar(256)', (c) => c.notNull())
    .addColumn('repository', 'varchar(256)', (c) => c.notNull())
    .addColumn('tag', 'varchar(128)', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('base_image', 'text')
    .addColumn('dockerfile', 'text', (c) => c.notNull())
    .addColumn('bases', 'jsonb')
    .addColumn('status', 'varchar(16)', (c) => c.notNull())
    .addColumn('stage', 'varchar(16)', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('node_id', 'varchar(40)')
    .addColumn('digest', 'varchar(71)')
    .addColumn('size', 'bigint')
    .addColumn('failure', 'jsonb')
    .addColumn('waiting_since', 'timestamptz')
    .addColumn('cancel_requested_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('finished_at', 'timestamptz')
    .execute()
  await sql`create unique index builds_name_in_flight on builds (repository, tag) where status = 'building'`.execute(
    db,
  )
  await sql`create index builds_waiting on builds (waiting_since) where waiting_since is not null`.execute(
    db,
  )
}
