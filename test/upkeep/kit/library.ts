import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import type { RegistryAddress } from '../../../embedded/components/registry.ts'
import type { Pool } from '../../../records/connect.ts'
import { createApp } from '../../../server/app.ts'
import { readConfig } from '../../../server/config.ts'
import { createServerDeps } from '../../../server/deps.ts'
import { createHarbor } from '../../../harbor/harbor.ts'
import { lookAtRegistry } from '../../../worker/inspection/look-at-registry.ts'
import type { OwnRegistry } from '../../../registry/registries.ts'
import { createScanner, type Scanner } from '../../../worker/scanning/scanner.ts'
import { startStores } from '../../start-stores.ts'

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
    readonly scanner: Scanner
    readonly log: Logger
    readonly random: () => number
  }
  /** As the worker does from time to time. */
  lookAtRegistry(): Promise<void>
  /** @returns the status and the body as JSON. */
  ask(method: string, path: string, body?: object): Promise<Answer>
}

export async function startLibrary(): Promise<Library> {
  await using stack = new AsyncDisposableStack()
  const stores = stack.use(await startStores())
  const { stateDir, databaseUrl, db, registry, own } = stores
  const ask = stack.use(await openApi(stateDir, databaseUrl, registry)).ask
  const log = pino({ level: 'silent' })
  const registryUrl = new URL(registry.url)
  const surroundings = { newRequestId: randomUUID, random: Math.random, now: Date.now }
  const harbor = createHarbor({ ...surroundings, url: registryUrl, credential: registry })
  const look = async () => lookAtRegistry({ db, own, registryUrl, harbor })
  await look()
  const owned = stack.move()
  return {
    db,
    own,
    dataDir: join(stateDir, 'registry/data'),
    loop: { db, own, scanner: createScanner(harbor, own.prefix), log, random: () => 0.5 },
    ask,
    lookAtRegistry: look,
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
  const app = createApp(deps, new AbortController().signal)
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
