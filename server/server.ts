import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { ensureLocalAdmin } from './access/local-admin.ts'
import type { ServerDeps } from './deps.ts'
import { type GatewayOptions, startGateway } from './gateway/start-gateway.ts'
import { importLogRows } from './logs/import-rows.ts'
import { runLoops } from './loops.ts'
import { attachUpgrades } from './tunnels/attach-upgrades.ts'

/** Serves until the signal aborts, then lets running requests end. @returns when everything has stopped. */
export async function runServer(
  deps: ServerDeps,
  options: GatewayOptions & {
    readonly hostname: string
    readonly port: number
    readonly adminTokenFile: string | undefined
  },
  signal: AbortSignal,
): Promise<void> {
  await importLogRows(deps)
  await deps.vault?.rewrap(deps.log)
  if (options.adminTokenFile !== undefined) await ensureLocalAdmin(deps, options.adminTokenFile)
  await using gateway = await startGateway(deps, options)
  const { hostname, port } = options
  const { fetch } = createApp(deps)
  const http = serve({ fetch, hostname, port })
  using upgrades = attachUpgrades(http, deps, fetch)
  await once(http, 'listening')
  deps.log.info({ hostname, port, gateway: gateway.port }, 'listening')
  await runLoops({ ...deps, gateway }, signal)
  upgrades[Symbol.dispose]()
  await closed(http)
}

/** Ends idle and streaming connections too: a log stream would otherwise keep the server for hours. */
async function closed(http: ReturnType<typeof serve>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  http.close(() => resolve())
  if ('closeAllConnections' in http) http.closeAllConnections()
  await promise
}
