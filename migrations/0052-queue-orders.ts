import { type Kysely, sql } from 'kysely'

/** What operators decide about the queue: that nothing of it, or of a project, is placed, and where one build is to go. */
export async function up(db: Kysely<never>): Promise<void> {
  for (const table of ['farm_queue', 'project_queues']) {
    await db.schema
      .alterTable(table)
      .addColumn('paused_at', 'timestamptz')
      .addColumn('paused_because', 'text')
      .execute()
  }
  await db.schema.alterTable('builds').addColumn('wanted_node', 'varchar(40)').execute()
  await sql`alter table lane_waits
    add column wanted_node text not null default '',
    drop constraint lane_waits_pkey,
    add constraint lane_waits_pkey primary key
      (project_id, platform, needs_gpu, raised, scheduled, wanted_node)`.execute(db)
  await db.schema.dropIndex('builds_lanes').execute()
  await sql`create index builds_lanes on builds
    (project_id, (coalesce(options->>'platform', '')), needs_gpu, raised, (priority = 'scheduled'),
      (coalesce(wanted_node, '')), waiting_since, id)
    where waiting_since is not null and cancel_requested_at is null`.execute(db)
}
