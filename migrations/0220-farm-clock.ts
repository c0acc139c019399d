import { type Kysely, sql } from 'kysely'

/** The latest that the clock of this database has shown, by which it comes to light when it is set back. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('farm_clock')
    .addColumn('one', 'boolean', (c) =>
      c
        .primaryKey()
        .defaultTo(true)
        .check(sql`one`),
    )
    .addColumn('shown_at', 'timestamptz', (c) => c.notNull())
    .execute()
  await sql`insert into farm_clock (shown_at) values (clock_timestamp())`.execute(db)
}
