import { type Kysely, sql } from 'kysely'

/**
 * Where the files of a build come from besides its uploaded context, and which uploads it needs in all. The default is
 * what a build without such sources means, so that older rows and older servers stay right.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('builds')
    .addColumn('sources', 'jsonb', (c) =>
      c.notNull().defaultTo(sql`${sql.lit('{"named":{}}')}::jsonb`),
    )
    .execute()
  await db.schema
    .createTable('build_contexts')
    .addColumn('build_id', 'varchar(40)', (c) => c.notNull().references('builds.id'))
    .addColumn('digest', 'varchar(71)', (c) => c.notNull().references('contexts.digest'))
    .addPrimaryKeyConstraint('build_contexts_pkey', ['digest', 'build_id'])
    .execute()
  await sql`
    insert into build_contexts (build_id, digest)
    select id, context from builds where context is not null`.execute(db)
}
