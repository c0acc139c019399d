import { type Kysely, sql } from 'kysely'

/**
 * Who has uploaded a context: equal bytes of two projects are kept once, but each may use only its own. What was there
 * before belongs to every project that has built with it, and to `default`, the only one that could be uploaded to.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('project_contexts')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('digest', 'varchar(71)', (c) => c.notNull().references('contexts.digest'))
    .addPrimaryKeyConstraint('project_contexts_pkey', ['digest', 'project_id'])
    .execute()
  await sql`
    insert into project_contexts (project_id, digest)
    select project_id, context from builds where context is not null
    union
    select projects.id, digest from contexts, projects where projects.name = 'default'`.execute(db)
}
