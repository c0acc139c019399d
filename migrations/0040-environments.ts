import { type Kysely, sql } from 'kysely'

/** Containers that run from a version, what happened to them, and how the outbox brings them to their workflows. */
export async function up(db: Kysely<never>): Promise<void> {
  await createEnvironments(db)
  await createEvents(db)
  await sql`alter table outbox alter column build_id drop not null,
    add column environment_id varchar(40) references environments(id),
    add constraint outbox_subject check ((build_id is null) <> (environment_id is null))`.execute(
    db,
  )
  await sql`create index outbox_environment on outbox (environment_id, id) where environment_id is not null`.execute(
    db,
  )
}

async function createEnvironments(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('environments')
    .addColumn('id', 'varchar(40)', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('versions.id'))
    .addColumn('name', 'varchar(256)', (c) => c.notNull())
    .addColumn('repository', 'varchar(256)', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)', (c) => c.notNull())
    .addColumn('gpu', 'boolean', (c) => c.notNull())
    .addColumn('cpu', 'double precision', (c) => c.notNull())
    .addColumn('memory_bytes', 'bigint', (c) => c.notNull())
    .addColumn('command', 'jsonb')
    .addColumn('ports', 'jsonb', (c) => c.notNull())
    .addColumn('ttl_seconds', 'integer')
    .addColumn('idle_seconds', 'integer')
    .addColumn('image_config', 'jsonb')
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('start', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('node_id', 'varchar(40)', (c) => c.references('nodes.id'))
    .addColumn('waiting_since', 'timestamptz')
    .addColumn('waiting_reason', 'text')
    .addColumn('stop_wanted', 'varchar(32)')
    .addColumn('ended', 'jsonb')
    .addColumn('reason', 'varchar(32)')
    .addColumn('message', 'text')
    .addColumn('exit_code', 'integer')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('running_since', 'timestamptz')
    .addColumn('used_at', 'timestamptz')
    .addColumn('stopped_at', 'timestamptz')
    .addColumn('deleted_at', 'timestamptz')
    .addColumn('removed_at', 'timestamptz')
    .execute()
  await sql`create index environments_version on environments (version_id) where deleted_at is null`.execute(
    db,
  )
  await sql`create index environments_node on environments (node_id) where removed_at is null`.execute(
    db,
  )
  await sql`create index environments_active on environments (state)
    where state not in ('stopped', 'failed')`.execute(db)
}

async function createEvents(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('environment_events')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('environment_id', 'varchar(40)', (c) => c.notNull().references('environments.id'))
    .addColumn('start', 'integer', (c) => c.notNull())
    .addColumn('at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('state', 'varchar(16)', (c) => c.notNull())
    .addColumn('reason', 'varchar(32)')
    .addColumn('message', 'text')
    .execute()
  await sql`create index environment_events_of on environment_events (environment_id, id)`.execute(
    db,
  )
}
