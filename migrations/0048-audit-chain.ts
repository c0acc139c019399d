import { type Kysely, sql } from 'kysely'

/**
 * Whose project an audit row tells of, and its place in a chain in which each row holds the hash of the one before. Places
 * are given after rows are written, in the order in which they are found: numbers of rows do not come in the order in which
 * rows come to be seen. The head is kept apart, so that rows at the end cannot go unnoticed.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table audit add column project_id bigint, add column position bigint,
      add column previous bytea, add column hash bytea`.execute(db)
  await sql`create unique index audit_position on audit (position)`.execute(db)
  await sql`create index audit_unchained on audit (seq) where position is null`.execute(db)
  await sql`create index audit_project on audit (project_id, seq)`.execute(db)
  await sql`create index audit_object on audit (object, seq)`.execute(db)
  await sql`create index audit_actor on audit (actor text_pattern_ops, seq)`.execute(db)
  await sql`
    create table audit_head (
      only_one boolean primary key default true check (only_one),
      position bigint not null,
      hash bytea not null
    )`.execute(db)
  await sql`insert into audit_head (position, hash) values (0, sha256(''))`.execute(db)
}
