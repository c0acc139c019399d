import type { Kysely } from 'kysely'

/** With which other projects an image is shared. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('image_shares')
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id'))
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addPrimaryKeyConstraint('image_shares_pkey', ['image_id', 'project_id'])
    .execute()
}
