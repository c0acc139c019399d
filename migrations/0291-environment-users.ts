import { type Kysely, sql } from 'kysely'

/** Which user made each environment, by name; `null` for nobody by name. Of those that are there the audit log knows it. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('environments').addColumn('created_by', 'text').execute()
  await sql`update environments set created_by = (
    select substring(actor from '^user:([^/]+)') from audit
    where object = environments.id and action = 'environment.create' order by seq limit 1)`.execute(
    db,
  )
}
