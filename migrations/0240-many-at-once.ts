import { type Kysely, sql } from 'kysely'

/**
 * What a build costs that is accepted with many others: webhooks are looked for once a statement instead of once a build, and
 * no index holds what nobody looks for in it.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create function kiln_tell_new_builds() returns trigger language plpgsql as $$ begin
      insert into webhook_deliveries (webhook_id, message_id, event, data)
      select webhooks.id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), 'build.queued',
        jsonb_build_object('build_id', made.id, 'name', made.name, 'attempt', made.attempt,
          'status', made.status, 'digest', made.digest, 'failure', made.failure ->> 'code')
      from webhooks join made on made.project_id = webhooks.project_id
      where 'build.queued' = any(webhooks.events) and webhooks.disabled_at is null
      order by made.id;
      if found then perform pg_notify('kiln_webhooks', ''); end if;
      return null;
    end $$`.execute(db)
  await sql`drop trigger kiln_tell_new_build on builds`.execute(db)
  await sql`create trigger kiln_tell_new_builds after insert on builds
    referencing new table as made for each statement execute function kiln_tell_new_builds()`.execute(
    db,
  )
  await sql`drop index builds_content_key`.execute(db)
  await sql`create index builds_content_key on builds (project_id, content_key)
    where status = 'building' and content_key is not null`.execute(db)
  await sql`drop index builds_joined_to`.execute(db)
  await sql`create index builds_joined_to on builds (joined_to)
    where status = 'building' and joined_to is not null`.execute(db)
  // The index of all that was done to an object finds the same.
  await sql`drop index audit_submit`.execute(db)
  await sql`drop index audit_position`.execute(db)
  await sql`create unique index audit_position on audit (position) where position is not null`.execute(
    db,
  )
}
