import { type Kysely, sql } from 'kysely'

/**
 * The role that the server reads in for requests, and whose projects they are for: `kiln.projects` holds their ids. What it
 * may read is said in `fence.ts`. The role is made here where that is allowed, else by whoever runs the database.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'kiln_request') then
        create role kiln_request nologin;
      end if;
      if not pg_has_role(current_user, 'kiln_request', 'set') then
        execute format('grant kiln_request to %I', current_user);
      end if;
    exception
      when insufficient_privilege then
        raise exception 'Kiln needs a role, to be made once: create role kiln_request nologin; grant kiln_request to %;', current_user;
    end $$`.execute(db)
  await sql`grant usage on schema public to kiln_request`.execute(db)
  await sql`
    create function kiln_projects() returns bigint[] language sql stable
    return string_to_array(nullif(current_setting('kiln.projects', true), ''), ',')::bigint[]`.execute(
    db,
  )
}
