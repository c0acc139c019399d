import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('projects')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('name', 'varchar(64)', (c) => c.notNull().unique())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`insert into projects (name) values ('default')`.execute(db)
  await db.schema
    .createTable('images')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('name', 'varchar(256)', (c) => c.notNull().unique())
    .addColumn('description', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('category', 'varchar(64)', (c) => c.notNull())
    .addColumn('registry', 'varchar(256)', (c) => c.notNull().defaultTo(''))
    .addColumn('repository', 'varchar(256)', (c) => c.notNull())
    .addColumn('tag', 'varchar(128)', (c) => c.notNull())
    .addColumn('digest', 'varchar(71)')
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('is_official', 'boolean', (c) => c.notNull().defaultTo(false))
    .addColumn('visibility', 'varchar(16)', (c) =>
      c.notNull().check(sql`visibility in ('public', 'project', 'private')`),
    )
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('current_version_id', 'bigint')
    .addUniqueConstraint('images_repository_tag', ['repository', 'tag'])
    .execute()
}
