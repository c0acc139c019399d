import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { startPostgres } from '../../../embedded/components/postgres.ts'
import { type RegistryAddress, startRegistry } from '../../../embedded/components/registry.ts'
import { binaryFinder, portFinder } from '../../../embedded/components/context.ts'
import { readSettings } from '../../../embedded/config.ts'
import { choosePorts } from '../../../embedded/ports.ts'
import { createReport } from '../../../embedded/report.ts'
import { locateAll, resolveAll } from '../../../embedded/resolve/resolve.ts'
import { openState } from '../../../embedded/state.ts'
import { migrateUp } from '../../../migrations/migrate.ts'
import { connect, type Pool } from '../../../records/connect.ts'
import { createApp } from '../../../server/app.ts'
import { readConfig } from '../../../server/config.ts'
import { createServerDeps } from '../../../server/deps.ts'
import { createOwnRegistry, type OwnRegistry } from '../../../worker/registry/registries.ts'
import { testEnvironment } from '../../farm.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** A library on a real Postgres and a real registry, with its API, and none of what builds. */
export interface Library extends AsyncDisposable {
  readonly db: Pool
  readonly own: OwnRegistry
  /** Where the registry keeps its files. */
  readonly dataDir: string
  /** What the loops of a worker are given. */
  readonly loop: {
    readonly db: Pool
    readonly own: OwnRegistry
    readonly log: Logger
    readonly random: () => number
  }
  /** @returns the status and the body as JSON. */
  ask(method: string, path: string, body?: object): Promise<Answer>
}

export async function startLibrary(): Promise<Library> {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const settings = readSettings(testEnvironment(stateDir))
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const state = stack.use(await openState(stateDir, report, signal))
  const names = ['registry'] as const
  const located = await locateAll(names, settings.resolve)
  const resolved = await resolveAll(names, located, settings.resolve, report, signal)
  const ports = await choosePorts(['postgres', 'registry'], {}, join(state.dir, 'ports.json'))
  const context = {
    settings,
    state,
    port: portFinder(ports),
    binary: binaryFinder(resolved),
    report,
    signal,
  }
  const postgres = stack.use(await startPostgres(context))
  const registry = stack.use(await startRegistry(context))
  await migrateUp(postgres.databaseUrl)
  const db = connect(postgres.databaseUrl)
  stack.defer(async () => db.destroy())
  const ask = stack.use(await openApi(stateDir, postgres.databaseUrl, registry)).ask
  const own = createOwnRegistry({ url: new URL(registry.url), prefix: 'kiln' }, registry)
  const log = pino({ level: 'silent' })
  const owned = stack.move()
  return {
    db,
    own,
    dataDir: join(state.dir, 'registry/data'),
    loop: { db, own, log, random: () => 0.5 },
    ask,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** The API as a server has it; Temporal is not there, and nothing that is asked here needs it. */
async function openApi(dir: string, databaseUrl: string, registry: RegistryAddress) {
  const { config, secrets } = readConfig({
    KILN_DATABASE_URL: databaseUrl,
    KILN_TEMPORAL_ADDRESS: '127.0.0.1:1',
    KILN_REGISTRY_URL: registry.url,
    KILN_REGISTRY_USERNAME: registry.username,
    KILN_REGISTRY_PASSWORD: registry.password,
    KILN_DATA_DIR: join(dir, 'server'),
    KILN_AGENT_TOKEN: 'agent-token-of-this-test',
    KILN_LOG_LEVEL: 'error',
  })
  const deps = createServerDeps(config, secrets)
  const app = createApp(deps)
  return {
    ask: async (method: string, path: string, body?: object): Promise<Answer> => {
      const headers = { host: 'localhost', 'content-type': 'application/json' }
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const reply = await app.request(path, { method, headers, ...sent })
      return { status: reply.status, body: await reply.json() }
    },
    [Symbol.asyncDispose]: async () => deps[Symbol.asyncDispose](),
  }
}
