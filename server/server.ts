import { once } from 'node:events'
import { getRequestListener } from '@hono/node-server'
import type { Address } from '#contract/address.ts'
import { observe } from '../observation/observe.ts'
import { timeRegistry } from '../observation/time-requests.ts'
import { createAgentApp, createApp } from './app.ts'
import type { InFlight } from './middleware/in-flight.ts'
import { ensureLocalAdmin } from './access/local-admin.ts'
import type { ServerDeps } from './deps.ts'
import type { Gateway } from './gateway/gateway.ts'
import { type BeatServer, createBeatServer } from './fleet/beats-first.ts'
import { type GatewayOptions, startGateway } from './gateway/start-gateway.ts'
import { importLogRows } from './logs/import-rows.ts'
import { addDataDisk } from './metrics/data-disk.ts'
import { addFarmGauges } from './metrics/farm-gauges.ts'
import { readFarm } from './metrics/read-farm.ts'
import { needsOf } from './needs.ts'
import { runLoops } from './loops.ts'
import { type DoorListen, openDoor } from './node-door/open-door.ts'
import { attachUpgrades } from './tunnels/attach-upgrades.ts'

/** Serves until the signal aborts, then lets running requests end. @returns when everything has stopped. */
export async function runServer(
  deps: ServerDeps,
  options: GatewayOptions & {
    readonly hostname: string
    readonly port: number
    readonly adminTokenFile: string | undefined
    /** Contexts and logs lie in it. */
    readonly dataDir: string
    /** Where the metrics are shown; absent when they are not. */
    readonly metrics: Address | undefined
    readonly metricsToken: string | undefined
    /** Where nodes elsewhere are served. */
    readonly nodes: DoorListen | undefined
  },
  signal: AbortSignal,
): Promise<void> {
  await importLogRows(deps)
  await deps.vault?.rewrap(deps.log)
  await deps.farmKeys.rewrap(deps.log)
  if (options.adminTokenFile !== undefined) await ensureLocalAdmin(deps, options.adminTokenFile)
  await using gateway = await startGateway(deps, options)
  await using stack = new AsyncDisposableStack()
  stack.use(timeRegistry(deps.metrics.registry, deps.push.url))
  stack.use(await showServer(deps, options, signal))
  await using door = await startDoor(deps, gateway, options.nodes)
  const { hostname, port } = options
  const { fetch } = createApp(deps, signal)
  using beats = createBeatServer(deps, getRequestListener(fetch, { hostname }))
  const { http } = beats
  http.listen(port, hostname)
  using upgrades = attachUpgrades(http, deps, fetch)
  await once(http, 'listening')
  deps.log.info({ hostname, port, gateway: gateway.port, nodes: door?.port }, 'listening')
  await runLoops({ ...deps, gateway }, signal)
  upgrades[Symbol.dispose]()
  await closed(beats, deps.inFlight)
}

async function startDoor(
  deps: ServerDeps,
  gateway: Pick<Gateway, 'accept'>,
  listen: DoorListen | undefined,
) {
  const { doorCertificate: certificate } = deps
  if (listen === undefined || certificate === undefined) return undefined
  return openDoor({ ...deps, certificate, gateway, fetch: createAgentApp(deps).fetch }, listen)
}

async function showServer(
  deps: ServerDeps,
  {
    metrics: listen,
    metricsToken: token,
    dataDir,
  }: { metrics: Address | undefined; metricsToken: string | undefined; dataDir: string },
  stopping: AbortSignal,
): Promise<AsyncDisposable> {
  const { registry: metrics } = deps.metrics
  const { host } = deps.push.url
  addFarmGauges(metrics, async () => readFarm(deps.db, host), { now: deps.clock, restMs: 5_000 })
  addDataDisk(metrics, dataDir)
  return observe({ listen, token, metrics, needs: needsOf(deps), stopping, log: deps.log })
}

const lastRequestsMs = 5_000

/** Lets requests end, then ends idle and streaming connections too: a log stream would otherwise keep the server for hours. */
async function closed(beats: BeatServer, inFlight: InFlight): Promise<void> {
  const { http } = beats
  const { promise, resolve } = Promise.withResolvers<void>()
  http.close(() => resolve())
  beats[Symbol.dispose]()
  await inFlight.settled(lastRequestsMs)
  http.closeAllConnections()
  await promise
}
