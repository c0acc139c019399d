import { type Kysely, sql } from 'kysely'

/** GPUs that are leased to environments: `attempt` is then the number of the start. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table gpu_leases alter column build_id drop not null,
    add column environment_id varchar(40) references environments(id),
    add constraint gpu_leases_holder check ((build_id is null) <> (environment_id is null))`.execute(
    db,
  )
  await sql`create index gpu_leases_environment on gpu_leases (environment_id)
    where environment_id is not null`.execute(db)
}
