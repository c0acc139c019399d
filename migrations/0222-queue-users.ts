import { type Kysely, sql } from 'kysely'

/**
 * Whose builds wait and run, so that the users of a project take turns. The reasons of lanes get a table of their own: the
 * version before writes `lane_waits` by a key without users.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await addUsers(db)
  await db.schema
    .createTable('user_turns')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('user_name', 'text', (c) => c.notNull())
    .addColumn('served', 'float8', (c) => c.notNull())
    .addPrimaryKeyConstraint('user_turns_pkey', ['project_id', 'user_name'])
    .execute()
  await db.schema
    .createTable('lane_reasons')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('submitted_by', 'text', (c) => c.notNull())
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('needs_gpu', 'boolean', (c) => c.notNull())
    .addColumn('raised', 'smallint', (c) => c.notNull())
    .addColumn('scheduled', 'boolean', (c) => c.notNull())
    .addColumn('wanted_node', 'text', (c) => c.notNull())
    .addColumn('open', 'boolean', (c) => c.notNull())
    .addColumn('reason', 'jsonb', (c) => c.notNull())
    .addPrimaryKeyConstraint('lane_reasons_pkey', [
      'project_id',
      'submitted_by',
      'platform',
      'needs_gpu',
      'raised',
      'scheduled',
      'wanted_node',
    ])
    .execute()
  await replaceIndexes(db)
}

async function addUsers(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('builds')
    .addColumn('submitted_by', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema
    .alterTable('attempts')
    .addColumn('charged_user', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema
    .alterTable('project_queues')
    .addColumn('max_running_per_user', 'integer')
    .addColumn('user_virtual_time', 'float8', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('farm_queue').addColumn('max_running_per_user', 'integer').execute()
}

async function replaceIndexes(db: Kysely<never>): Promise<void> {
  await sql`create index builds_user_lanes on builds
    (project_id, submitted_by, (coalesce(options->>'platform', '')), needs_gpu, raised, (priority = 'scheduled'),
      (coalesce(wanted_node, '')), waiting_since, id)
    where waiting_since is not null and cancel_requested_at is null`.execute(db)
  await sql`create index builds_user_queue on builds
    (project_id, raised, (priority = 'scheduled'), submitted_by, waiting_since, id)
    where waiting_since is not null and cancel_requested_at is null`.execute(db)
  await sql`create index attempts_running_users on attempts (charged_to, charged_user, node_id)
    where finished_at is null`.execute(db)
  for (const name of ['builds_lanes', 'builds_queue', 'attempts_running']) {
    await db.schema.dropIndex(name).execute()
  }
}
