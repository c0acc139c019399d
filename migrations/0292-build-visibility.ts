import { type Kysely, sql } from 'kysely'

/** Who may read the image that a build makes new; `null` for those with whom its project shares it. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('builds')
    .addColumn('visibility', 'varchar(16)', (c) =>
      c.check(sql`visibility in ('public', 'project', 'private')`),
    )
    .execute()
}
