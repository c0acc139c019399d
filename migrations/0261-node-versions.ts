import { type Kysely, sql } from 'kysely'

/**
 * Numbers the states of what is known of each node but for its lease, so that whoever keeps them reads only what has changed.
 * Each number is used once, and of a node a later state has a larger one.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create sequence node_versions`.execute(db)
  await sql`alter table nodes add column version bigint not null default nextval('node_versions')`.execute(
    db,
  )
  await sql`
    create function kiln_number_node() returns trigger language plpgsql as $$ begin
      new.version := nextval('node_versions');
      return new;
    end $$`.execute(db)
  // A statement that only renews a lease does not name these.
  await sql`create trigger kiln_number_changed_node
    before update of id, name, incarnation, slots, inventory, disk_low, drained_because, cordoned_because, removed_at
    on nodes for each row execute function kiln_number_node()`.execute(db)
}
