import { type Kysely, sql } from 'kysely'

/** When waiting builds were said to start, and when they did; and the waiting builds of a project in their order, whatever node they need. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('start_predictions')
    .addColumn('build_id', 'varchar(40)', (c) => c.primaryKey().references('builds.id'))
    .addColumn('needs_gpu', 'boolean', (c) => c.notNull())
    .addColumn('made_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('expected_ms', 'float8', (c) => c.notNull())
    .addColumn('low_ms', 'float8', (c) => c.notNull())
    .addColumn('high_ms', 'float8', (c) => c.notNull())
    .addColumn('waited_ms', 'float8')
    .addColumn('settled_at', 'timestamptz')
    .execute()
  await sql`create index start_predictions_settled on start_predictions (needs_gpu, settled_at)
    where settled_at is not null`.execute(db)
  await sql`create index start_predictions_made on start_predictions (made_at)`.execute(db)
  await sql`create index builds_queue on builds
    (project_id, raised, (priority = 'scheduled'), waiting_since, id)
    where waiting_since is not null and cancel_requested_at is null`.execute(db)
  await sql`create index attempts_finished on attempts (finished_at) where finished_at is not null`.execute(
    db,
  )
}
