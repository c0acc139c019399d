import { type Kysely, sql } from 'kysely'

/** The default is what a build without options means, so that older rows and older servers stay right. */
export async function up(db: Kysely<never>): Promise<void> {
  const none = '{"build_args":{},"labels":{},"no_cache":false,"network":"proxy"}'
  await db.schema
    .alterTable('builds')
    .addColumn('options', 'jsonb', (c) => c.notNull().defaultTo(sql`${sql.lit(none)}::jsonb`))
    .execute()
}
