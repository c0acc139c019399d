import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { leaseMs } from '#contract/node.ts'
import { repeat } from '../records/repeat.ts'
import { createApp } from './app.ts'
import type { ServerDeps } from './deps.ts'
import { sweepContexts } from './contexts/sweep.ts'
import { createOrphanSearch } from './fleet/find-orphans.ts'
import { createLeaseWatch } from './fleet/watch-leases.ts'
import { relayOutbox } from './outbox/relay.ts'

const outboxMs = 1_000
const leaseWatchMs = 1_000
const orphanSearchMs = 5_000
const contextSweepMs = 60_000
/** A build this young may have a workflow that Temporal does not show yet. */
const orphanAgeMs = 10_000

/** Serves until the signal aborts, then lets running requests end. @returns when everything has stopped. */
export async function runServer(
  deps: ServerDeps,
  listen: { readonly hostname: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const { listener, log } = deps
  const http = serve({ fetch: createApp(deps).fetch, ...listen })
  await once(http, 'listening')
  log.info(listen, 'listening')
  const watchLeases = createLeaseWatch(deps, leaseMs)
  const loops = [
    repeat({
      listener,
      channel: 'kiln_outbox',
      everyMs: outboxMs,
      signal,
      work: () => relayOutbox(deps.db, deps.workflows, log),
      onError: (err) => log.error({ err }, 'outbox'),
    }),
    repeat({
      listener,
      channel: 'kiln_placement',
      everyMs: leaseWatchMs,
      signal,
      work: async () => (await watchLeases(), false),
      onError: (err) => log.error({ err }, 'lease watch'),
    }),
    repeat({
      listener,
      signal,
      everyMs: orphanSearchMs,
      work: createOrphanSearch(deps, orphanAgeMs),
      onError: (err) => log.error({ err }, 'orphan search'),
    }),
    repeat({
      listener,
      signal,
      everyMs: contextSweepMs,
      work: () => sweepContexts(deps),
      onError: (err) => log.error({ err }, 'context sweep'),
    }),
  ]
  await Promise.all(loops)
  await closed(http)
}

/** Ends idle and streaming connections too: a log stream would otherwise keep the server for hours. */
async function closed(http: ReturnType<typeof serve>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  http.close(() => resolve())
  if ('closeAllConnections' in http) http.closeAllConnections()
  await promise
}
