import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { portFinder } from '../../../embedded/components/context.ts'
import { startPostgres } from '../../../embedded/components/postgres.ts'
import { readSettings } from '../../../embedded/config.ts'
import { choosePorts } from '../../../embedded/ports.ts'
import { createReport } from '../../../embedded/report.ts'
import { openState } from '../../../embedded/state.ts'
import { migrateUp } from '../../../migrations/migrate.ts'
import { connect, type Pool } from '../../../records/connect.ts'
import { testEnvironment } from '../../farm.ts'

export interface Database extends AsyncDisposable {
  readonly db: Pool
}

/** A real Postgres with Kiln's schema and nothing else of a farm. */
export async function startDatabase(): Promise<Database> {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const state = stack.use(await openState(stateDir, report, signal))
  const ports = await choosePorts(['postgres'], {}, join(state.dir, 'ports.json'))
  const postgres = stack.use(
    await startPostgres({
      settings: readSettings(testEnvironment(stateDir)),
      state,
      port: portFinder(ports),
      binary: (component) => {
        throw new Error(`${component} is not part of this`)
      },
      report,
      signal,
    }),
  )
  await migrateUp(postgres.databaseUrl)
  const db = connect(postgres.databaseUrl, 40)
  stack.defer(async () => db.destroy())
  const owned = stack.move()
  return { db, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
