import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { Pool } from 'pg'
import { readDatabaseUrl } from './config.ts'
import { putUpFence } from './fence.ts'
import { migrations } from './index.ts'

/** Brings the database at `url` to the newest schema. Transactional: a failure leaves it as it was. */
export async function migrateUp(url: string): Promise<readonly string[]> {
  const db = new Kysely<never>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: url, max: 1 }) }),
  })
  try {
    const provider = { getMigrations: async () => migrations }
    // What was begun first may come last: one with a lower number than those that were applied is as good as a new one.
    const migrator = new Migrator({ db, provider, allowUnorderedMigrations: true })
    const { error, results } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
    await putUpFence(db)
    return (results ?? []).map((result) => result.migrationName)
  } finally {
    await db.destroy()
  }
}

if (import.meta.main) {
  const applied = await migrateUp(readDatabaseUrl())
  process.stdout.write(
    `${applied.length === 0 ? 'schema is up to date' : `applied ${applied.join(', ')}`}\n`,
  )
}
