import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryFinder, portFinder } from '../embedded/components/context.ts'
import { startPostgres } from '../embedded/components/postgres.ts'
import { type RegistryAddress, startRegistry } from '../embedded/components/registry.ts'
import { readSettings } from '../embedded/config.ts'
import { choosePorts } from '../embedded/ports.ts'
import { createReport } from '../embedded/report.ts'
import { locateAll, resolveAll } from '../embedded/resolve/resolve.ts'
import { openState } from '../embedded/state.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { connect, type Pool } from '../records/connect.ts'
import { createOwnRegistry, type OwnRegistry } from '../registry/registries.ts'
import { testEnvironment } from './farm.ts'
import { copyPreparedState } from './prepared-state.ts'

export interface Stores extends AsyncDisposable {
  readonly stateDir: string
  /** PEM file. */
  readonly signingKey: string
  readonly databaseUrl: string
  readonly db: Pool
  readonly registry: RegistryAddress
  readonly own: OwnRegistry
}

/** A real Postgres with Kiln's schema and a real registry, and nothing else of a farm. */
export async function startStores(): Promise<Stores> {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const settings = readSettings(testEnvironment(stateDir))
  await copyPreparedState(stateDir, settings)
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const state = stack.use(await openState(stateDir, report, signal))
  const names = ['registry'] as const
  const located = await locateAll(names, settings.resolve)
  const resolved = await resolveAll(names, located, settings.resolve, report, signal)
  const wanted = ['postgres', 'registry'] as const
  const ports = await choosePorts(wanted, settings.ports, join(state.dir, 'ports.json'), stack)
  const [port, binary] = [portFinder(ports), binaryFinder(resolved)]
  const context = { settings, state, port, binary, report, signal }
  const postgres = stack.use(await startPostgres(context))
  const registry = stack.use(await startRegistry(context))
  await migrateUp(postgres.databaseUrl)
  const db = connect(postgres.databaseUrl)
  stack.defer(async () => db.destroy())
  const { url, username, password } = registry
  const own = createOwnRegistry({ url: new URL(url), prefix: 'kiln' }, { username, password })
  const owned = stack.move()
  return {
    stateDir,
    signingKey: state.signingKey,
    databaseUrl: postgres.databaseUrl,
    db,
    registry,
    own,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}
