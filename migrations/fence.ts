import { type Kysely, sql } from 'kysely'

const ownProject = 'project_id = any((select kiln_projects())::bigint[])'
const ofBuild = 'exists (select from builds where builds.id = build_id)'
const ofEnvironment = 'exists (select from environments where environments.id = environment_id)'
const ofImage = 'exists (select from images where images.id = image_id)'
/** How a version was verified is told with it, also to those who do not see its build. */
const ofVersionOrBuild = (table: string) =>
  `${ofBuild} or exists (select from versions where versions.build_id = ${table}.build_id)`

/**
 * Of which rows of a table those of a project may be read for a request. A condition sees only what those of the other tables
 * let through.
 */
const fenced: Readonly<Record<string, string>> = {
  // Whose a public image is is told with it.
  projects: `id = any((select kiln_projects())::bigint[])
    or exists (select from images where images.project_id = projects.id)`,
  builds: ownProject,
  environments: ownProject,
  image_shares: ownProject,
  lane_reasons: ownProject,
  lane_waits: ownProject,
  memberships: ownProject,
  project_contexts: ownProject,
  project_queues: ownProject,
  pushes: ownProject,
  quotas: ownProject,
  secrets: ownProject,
  volume_use: ownProject,
  images: `${ownProject} or visibility = 'public' or (visibility = 'project' and exists (
    select from image_shares where image_shares.image_id = images.id))`,
  base_watches: ofImage,
  deletions: ofImage,
  moves: ofImage,
  rebuilds: ofImage,
  versions: ofImage,
  attestations: 'exists (select from versions where versions.id = version_id)',
  attempts: ofVersionOrBuild('attempts'),
  evidence: ofVersionOrBuild('evidence'),
  scans: ofVersionOrBuild('scans'),
  verifications: ofVersionOrBuild('verifications'),
  build_contexts: ofBuild,
  build_logs: ofBuild,
  build_packages: ofBuild,
  build_saves: ofBuild,
  build_secrets: ofBuild,
  environment_events: ofEnvironment,
  gpu_leases: `${ofBuild} or ${ofEnvironment}`,
  logs: ofBuild,
  outbox: `${ofBuild} or ${ofEnvironment}`,
  quarantine: ofBuild,
  refused_gpus: ofBuild,
  stages: ofBuild,
  steps: ofBuild,
  warnings: ofBuild,
}

/** Of nobody's, and no secret. What is named nowhere here is closed to requests. */
const open = [
  'contents',
  'contexts',
  'gpus',
  'image_facts',
  'image_packages',
  'layers',
  'node_changes',
  'nodes',
  'registry_breakers',
  'registry_state',
  'signing_keys',
  'users',
]

/** What is noted of what was read. */
const noted = { contexts: 'used_at', logs: 'used_at' }

/**
 * The second fence between projects: what is read in the role of requests finds no row of another project, whatever is asked.
 * The owner of the tables, as whom servers and workers connect, is not held back. Done after every migration, and changes
 * only what is not so already.
 */
export async function putUpFence(db: Kysely<never>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('kiln fence'))`.execute(transaction)
    const { rows } = await sql<{ name: string; condition: string | null }>`
      select relname as name, obj_description(pg_policy.oid, 'pg_policy') as condition
      from pg_policy join pg_class on pg_class.oid = polrelid
      where polname = 'kiln_request' and relnamespace = 'public'::regnamespace`.execute(transaction)
    const standing = new Map(rows.map(({ name, condition }) => [name, condition]))
    for (const [table, condition] of Object.entries(fenced)) {
      if (standing.get(table) !== condition) await fence(transaction, table, condition)
    }
    for (const table of [...Object.keys(fenced), ...open]) {
      await sql`grant select on ${sql.table(table)} to kiln_request`.execute(transaction)
    }
    for (const [table, column] of Object.entries(noted)) {
      await sql`grant update (${sql.ref(column)}) on ${sql.table(table)} to kiln_request`.execute(
        transaction,
      )
    }
  })
}

async function fence(db: Kysely<never>, table: string, condition: string): Promise<void> {
  const name = sql.table(table)
  await sql`alter table ${name} enable row level security`.execute(db)
  await sql`drop policy if exists kiln_request on ${name}`.execute(db)
  await sql`create policy kiln_request on ${name} to kiln_request using (${sql.raw(condition)})`.execute(
    db,
  )
  await sql`comment on policy kiln_request on ${name} is ${sql.lit(condition)}`.execute(db)
}
