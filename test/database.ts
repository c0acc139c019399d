import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryFinder, portFinder } from '../embedded/components/context.ts'
import { startPostgres } from '../embedded/components/postgres.ts'
import { readSettings } from '../embedded/config.ts'
import { choosePorts } from '../embedded/ports.ts'
import { createReport } from '../embedded/report.ts'
import { openState } from '../embedded/state.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { connect, type Pool } from '../records/connect.ts'
import { testEnvironment } from './farm.ts'
import { copyPreparedState } from './prepared-state.ts'

export interface TestDatabase extends AsyncDisposable {
  readonly db: Pool
  readonly url: string
}

/**
 * A real Postgres with Kiln's schema and nothing else of a farm, for tests of what only the database decides. `db` holds up
 * to so many `connections`.
 */
export async function startDatabase(connections?: number): Promise<TestDatabase> {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const settings = readSettings(testEnvironment(stateDir))
  await copyPreparedState(stateDir, settings)
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const state = stack.use(await openState(stateDir, report, signal))
  const ports = await choosePorts(
    ['postgres'],
    settings.ports,
    join(state.dir, 'ports.json'),
    stack,
  )
  const port = portFinder(ports)
  const binary = binaryFinder(new Map())
  const postgres = stack.use(await startPostgres({ settings, state, port, binary, report, signal }))
  const url = postgres.databaseUrl
  await migrateUp(url)
  const db = connect(url, connections)
  stack.defer(async () => db.destroy())
  const owned = stack.move()
  return { db, url, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}
