import { type Kysely, sql } from 'kysely'

/**
 * Who has read the packages of an image, and with which analysis: of what is there already that is not known, so it counts
 * as told by a node. What scanners were to say was never written.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('image_packages')
    .addColumn('read_by', 'varchar(8)', (c) => c.notNull().defaultTo('node'))
    .addColumn('analysis', 'integer', (c) => c.notNull().defaultTo(1))
    .execute()
  await sql`create index attempts_facts on attempts (facts_digest) where facts_digest is not null`.execute(
    db,
  )
  await db.schema.dropTable('scans').execute()
  await sql`alter table projects drop column scan_policy`.execute(db)
  await sql`alter table builds drop column scan_policy`.execute(db)
}
