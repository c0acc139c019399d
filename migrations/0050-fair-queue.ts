import { type Kysely, sql } from 'kysely'

/**
 * What the queue needs to be shared fairly and read without being read whole. A lane holds the waiting builds of one
 * project that any node fits alike: its index starts with what it is told by and goes on in the order of the builds.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('farm_queue')
    .addColumn('id', 'boolean', (c) =>
      c
        .primaryKey()
        .defaultTo(true)
        .check(sql`id`),
    )
    .addColumn('max_running', 'integer')
    .addColumn('virtual_time', 'float8', (c) => c.notNull().defaultTo(0))
    .execute()
  await sql`insert into farm_queue default values`.execute(db)
  await db.schema
    .createTable('project_queues')
    .addColumn('project_id', 'bigint', (c) => c.primaryKey().references('projects.id'))
    .addColumn('weight', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('max_running', 'integer')
    .addColumn('served', 'float8', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createTable('lane_waits')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('needs_gpu', 'boolean', (c) => c.notNull())
    .addColumn('raised', 'smallint', (c) => c.notNull())
    .addColumn('scheduled', 'boolean', (c) => c.notNull())
    .addColumn('open', 'boolean', (c) => c.notNull())
    .addColumn('reason', 'jsonb', (c) => c.notNull())
    .addPrimaryKeyConstraint('lane_waits_pkey', [
      'project_id',
      'platform',
      'needs_gpu',
      'raised',
      'scheduled',
    ])
    .execute()
  await addToBuilds(db)
  await addToAttempts(db)
}

async function addToBuilds(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('builds')
    .addColumn('raised', 'smallint', (c) => c.notNull().defaultTo(0))
    .addColumn('wait', 'jsonb')
    .execute()
  await sql`create index builds_lanes on builds
    (project_id, (coalesce(options->>'platform', '')), needs_gpu, raised, (priority = 'scheduled'), waiting_since, id)
    where waiting_since is not null and cancel_requested_at is null`.execute(db)
  await db.schema.dropIndex('builds_waiting_platform').execute()
}

async function addToAttempts(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('attempts').addColumn('charged_to', 'bigint').execute()
  await sql`update attempts set charged_to = builds.project_id from builds
    where builds.id = attempts.build_id and attempts.finished_at is null`.execute(db)
  await sql`create index attempts_running on attempts (charged_to, node_id) where finished_at is null`.execute(
    db,
  )
}
