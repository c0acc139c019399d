import { type Kysely, sql } from 'kysely'

/**
 * Addresses that projects want to be told at, and what each is to be told. Triggers write the latter, so that it is part of
 * the change itself, whoever makes that, and of no trip to the database of its own.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await createTables(db)
  await createTell(db)
  await tellOfBuilds(db)
  await tellOfVersions(db)
  await tellOfEnvironments(db)
}

async function createTables(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('webhooks')
    .addColumn('id', 'varchar(40)', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id'))
    .addColumn('url', 'varchar(2048)', (c) => c.notNull())
    .addColumn('description', 'varchar(256)', (c) => c.notNull())
    .addColumn('events', sql`varchar(64)[]`, (c) => c.notNull())
    .addColumn('secret', 'bytea', (c) => c.notNull())
    .addColumn('secret_version', 'varchar(40)', (c) => c.notNull())
    .addColumn('old_secret', 'bytea')
    .addColumn('old_secret_version', 'varchar(40)')
    .addColumn('old_secret_until', 'timestamptz')
    .addColumn('failing_since', 'timestamptz')
    .addColumn('disabled_at', 'timestamptz')
    .addColumn('disabled_because', 'varchar(256)')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`create index webhooks_project on webhooks (project_id, id)`.execute(db)
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'bigserial', (c) => c.primaryKey())
    .addColumn('webhook_id', 'varchar(40)', (c) =>
      c.notNull().references('webhooks.id').onDelete('cascade'),
    )
    .addColumn('message_id', 'varchar(40)', (c) => c.notNull())
    .addColumn('event', 'varchar(64)', (c) => c.notNull())
    .addColumn('data', 'jsonb', (c) => c.notNull())
    .addColumn('state', 'varchar(16)', (c) => c.notNull().defaultTo('pending'))
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_try_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('answer_status', 'integer')
    .addColumn('problem', 'varchar(256)')
    .addColumn('created_at', 'timestamptz', (c) => c.notNull().defaultTo(sql`now()`))
    .addColumn('ended_at', 'timestamptz')
    .execute()
  await sql`create index webhook_deliveries_list on webhook_deliveries (webhook_id, id)`.execute(db)
  await sql`create index webhook_deliveries_due on webhook_deliveries (next_try_at) where state = 'pending'`.execute(
    db,
  )
  await sql`create index webhook_deliveries_ended on webhook_deliveries (ended_at) where state <> 'pending'`.execute(
    db,
  )
}

/** All webhooks of the project that want the event, in the transaction of the change. */
async function createTell(db: Kysely<never>): Promise<void> {
  await sql`
    create function kiln_tell_webhooks(project bigint, what text, told jsonb) returns void
    language plpgsql as $$ begin
      insert into webhook_deliveries (webhook_id, message_id, event, data)
      select id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), what, told from webhooks
      where project_id = project and what = any(events) and disabled_at is null;
      if found then perform pg_notify('kiln_webhooks', ''); end if;
    end $$`.execute(db)
}

async function tellOfBuilds(db: Kysely<never>): Promise<void> {
  await sql`
    create function kiln_tell_build() returns trigger language plpgsql as $$ begin
      perform kiln_tell_webhooks(new.project_id, 'build.' || case
          when tg_op = 'INSERT' then 'queued'
          when new.status <> old.status then new.status
          else 'running' end,
        jsonb_build_object('build_id', new.id, 'name', new.name, 'attempt', new.attempt,
          'status', new.status, 'digest', new.digest, 'failure', new.failure ->> 'code'));
      return null;
    end $$`.execute(db)
  await sql`create trigger kiln_tell_new_build after insert on builds
    for each row execute function kiln_tell_build()`.execute(db)
  await sql`create trigger kiln_tell_changed_build after update of status, stage on builds
    for each row when (new.status <> old.status
      or (new.stage = 'building' and old.stage <> 'building'))
    execute function kiln_tell_build()`.execute(db)
}

async function tellOfVersions(db: Kysely<never>): Promise<void> {
  await sql`
    create function kiln_tell_version() returns trigger language plpgsql as $$ begin
      perform kiln_tell_webhooks(images.project_id, 'version.' || case
          when tg_op = 'INSERT' then 'published'
          when new.deleted_at is null then 'restored'
          else 'deleted' end,
        jsonb_build_object('image_id', images.id, 'name', images.name, 'version', new.number,
          'digest', new.digest, 'build_id', new.build_id))
      from images where images.id = new.image_id;
      return null;
    end $$`.execute(db)
  await sql`create trigger kiln_tell_new_version after insert on versions
    for each row execute function kiln_tell_version()`.execute(db)
  await sql`create trigger kiln_tell_changed_version after update of deleted_at on versions
    for each row when ((new.deleted_at is null) <> (old.deleted_at is null))
    execute function kiln_tell_version()`.execute(db)
  await sql`
    create function kiln_tell_verified() returns trigger language plpgsql as $$ begin
      perform kiln_tell_webhooks(builds.project_id, 'version.verified',
        jsonb_build_object('name', builds.name, 'build_id', new.build_id, 'attempt', new.attempt,
          'digest', new.digest, 'verdict', new.verdict, 'evidence', new.evidence))
      from builds where builds.id = new.build_id;
      return null;
    end $$`.execute(db)
  await sql`create trigger kiln_tell_verified after insert on verifications
    for each row execute function kiln_tell_verified()`.execute(db)
}

async function tellOfEnvironments(db: Kysely<never>): Promise<void> {
  await sql`
    create function kiln_tell_environment() returns trigger language plpgsql as $$ begin
      perform kiln_tell_webhooks(new.project_id, 'environment.' || new.state,
        jsonb_build_object('environment_id', new.id, 'name', new.name, 'start', new.start,
          'state', new.state, 'reason', new.reason, 'exit_code', new.exit_code));
      return null;
    end $$`.execute(db)
  await sql`create trigger kiln_tell_new_environment after insert on environments
    for each row execute function kiln_tell_environment()`.execute(db)
  await sql`create trigger kiln_tell_changed_environment after update of state on environments
    for each row when (new.state <> old.state) execute function kiln_tell_environment()`.execute(db)
}
