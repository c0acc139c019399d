import { type Kysely, sql } from 'kysely'

/** What a build was made from that was submitted as lists of packages. Apart from `builds`: they may be long. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('build_packages')
    .addColumn('build_id', 'varchar(64)', (c) => c.primaryKey().references('builds.id'))
    .addColumn('packages', 'jsonb', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
}
