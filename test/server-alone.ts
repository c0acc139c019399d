import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type { AttemptRef } from '#contract/build.ts'
import { createNewId } from '#contract/id.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { identityOf } from '../agent/control-plane.ts'
import type { Pool } from '../records/connect.ts'
import { createApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { createServerDeps } from '../server/deps.ts'
import { startDatabase } from './database.ts'
import { admitNode } from './node-credential.ts'

const incarnation = randomUUID()
/** What agents of the version before share. */
export const agentToken = 'an-agent-token-for-tests'
const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

/** A server on a Postgres of its own, if it is told of none. Nobody places or builds: a test does by hand what it needs. */
export interface ServerAlone extends AsyncDisposable {
  readonly url: URL
  readonly db: Pool
  readonly databaseUrl: string
  /** Every route and middleware of the server. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  /** What the node of an attempt proves itself with: its own credential, or what agents of the version before share. */
  credentialOf(attempt: AttemptRef): string
  /** The start of the agent that every node has. */
  readonly incarnation: string
  /** As the agent that has an attempt calls. */
  agent(attempt: AttemptRef, method: string, path: string, body?: object): Promise<Response>
  /** Submits a build and puts it on a node of its own. */
  begin(name: string, dockerfile: string): Promise<AttemptRef>
}

export async function startServerAlone(
  environment: Readonly<Record<string, string>>,
): Promise<ServerAlone> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-server-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const databaseUrl = environment['KILN_DATABASE_URL'] ?? stack.use(await startDatabase()).url
  const { config, secrets } = readConfig({
    KILN_DATABASE_URL: databaseUrl,
    KILN_TEMPORAL_ADDRESS: '127.0.0.1:1',
    KILN_AGENT_TOKEN: agentToken,
    KILN_DATA_DIR: join(folder, 'server'),
    KILN_LOG_LEVEL: 'error',
    ...environment,
  })
  const deps = stack.use(createServerDeps(config, secrets))
  const app = createApp(deps, new AbortController().signal)
  const http = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  stack.defer(async () => {
    if ('closeAllConnections' in http) http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  if (http.address() === null) await once(http, 'listening')
  const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
  const call = callsTo(url)
  const credentials = new Map<string, string>()
  const credentialOf = ({ buildId }: AttemptRef) => credentials.get(buildId) ?? ''
  const owned = stack.move()
  return {
    url,
    db: deps.db,
    databaseUrl,
    routes: app.routes,
    credentialOf,
    incarnation,
    agent: async (ref, method, path, body) => {
      const whole = `/builds/${ref.buildId}/attempts/${ref.attempt}/${path}`
      return call(credentialOf(ref), method, whole, body)
    },
    begin: async (name, dockerfile) => {
      const nodeId = newId('node')
      const node = nodeOf(nodeId)
      const credential = await admitNode({ url: url.origin }, node)
      const registered = await call(credential, 'POST', '/nodes', node)
      if (!registered.ok) throw new Error(await registered.text())
      const submitted = await fetch(new URL('/api/images/build', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, dockerfile }),
      })
      if (submitted.status !== 202) throw new Error(await submitted.text())
      const { build_id: buildId } = (await submitted.json()) as { build_id: string }
      await place(deps.db, buildId, nodeId)
      credentials.set(buildId, credential)
      return { buildId, attempt: 1 }
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** As an agent calls that proves itself with `credential`. */
function callsTo(url: URL) {
  return async (credential: string, method: string, path: string, body?: object) =>
    fetch(new URL(`/agent${path}`, url), {
      method,
      headers: { ...identityOf(credential, incarnation), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
}

async function place(db: Pool, buildId: string, nodeId: string): Promise<void> {
  const row = { build_id: buildId, number: 1, node_id: nodeId, reason: 'the test says so' }
  await db
    .insertInto('attempts')
    .values({ ...row, incarnation })
    .execute()
  await db
    .updateTable('builds')
    .set({ attempt: 1, node_id: nodeId, stage: 'building' })
    .where('id', '=', buildId)
    .execute()
}

/** As an agent tells of itself. */
export function nodeOf(id: string, of = incarnation) {
  return {
    protocol: agentProtocol,
    node_id: id,
    name: 'by-hand',
    incarnation: of,
    slots: 1,
    inventory: {
      host: { hostname: 'h', os: 'linux', kernel: '6', arch: 'x64' },
      cpu: { model: 'cpu', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: '0.34.2', platforms: ['linux/amd64'], devices: [] },
      gpus: [],
    },
  }
}
