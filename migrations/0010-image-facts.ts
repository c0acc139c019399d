import { type Kysely, sql } from 'kysely'

/** What the files of a published image say about CUDA, one row a digest. What is published already is read later. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('image_facts')
    .addColumn('digest', 'varchar(71)', (c) => c.primaryKey())
    .addColumn('analysis', 'integer')
    .addColumn('facts', 'jsonb')
    .addColumn('problem', 'text')
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`create index image_facts_next on image_facts (next_try_at)`.execute(db)
  await sql`create index versions_digest on versions (digest)`.execute(db)
  await sql`insert into image_facts (digest) select distinct digest from versions`.execute(db)
}
