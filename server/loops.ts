import { setTimeout as sleep } from 'node:timers/promises'
import { chainAudit } from '../records/audit-chain.ts'
import { readRevoked } from '../records/node-credentials.ts'
import { readSilent } from '../records/nodes.ts'
import { buildEnded } from '../records/notify.ts'
import { dropOldPredictions } from '../records/predictions.ts'
import { type Loop, repeatAll } from '../records/repeat.ts'
import { dropUnusedSecrets } from '../records/secrets.ts'
import { dropOldSessions } from '../records/sessions.ts'
import { sweepDeliveries } from '../records/webhook-deliveries.ts'
import { noteClock } from '../records/farm-clock.ts'
import { dropOldKeys } from '../records/repeat-keys.ts'
import { sweepContexts } from './contexts/sweep.ts'
import type { ServerDeps } from './deps.ts'
import { orphanEnvironments } from './environments/find-orphans.ts'
import { planImagesAhead } from './environments/plan-images-ahead.ts'
import { createEnvironmentWatch } from './environments/watch-environments.ts'
import { orphanBuilds } from './fleet/find-orphans.ts'
import { createOrphanSearch } from './fleet/search-orphans.ts'
import { tellNextChange } from './fleet/tell-changes.ts'
import { createLeaseWatch } from './fleet/watch-leases.ts'
import type { Gateway } from './gateway/gateway.ts'
import { createSealer, sweepLogs } from './logs/upkeep.ts'
import { relayOutbox } from '../outbox/relay.ts'
import { createDeliverer } from './webhooks/deliver.ts'
import { keptMs } from './webhooks/patience.ts'
import { resolveHost } from './webhooks/public-address.ts'
import { predictStarts } from './queue/predict-starts.ts'

const second = 1_000
const minute = 60 * second
/** A build this young may have a workflow that Temporal does not show yet. */
const orphanAgeMs = 10 * second

/** Everything that the server does by itself, until the signal aborts. */
export async function runLoops(
  deps: ServerDeps & { readonly gateway: Pick<Gateway, 'shutOut'> },
  signal: AbortSignal,
): Promise<void> {
  const { leaseMs } = deps
  const watchLeases = createLeaseWatch(deps, leaseMs)
  const loops: readonly Loop[] = [
    { name: 'outbox', everyMs: second, work: () => relayOutbox(deps, second) },
    { name: 'clock', everyMs: second, work: async () => (await watchClock(deps), false) },
    {
      name: 'lease watch',
      channel: 'kiln_placement',
      deafTo: buildEnded,
      everyMs: second,
      work: async () => (await watchLeases(), false),
    },
    ...orphanLoops(deps, signal),
    ...environmentLoops(deps),
    ...sweeps(deps),
    ...webhookLoops(deps, signal),
    {
      name: 'node changes',
      channel: 'kiln_placement',
      deafTo: buildEnded,
      everyMs: 5 * second,
      work: () => tellNextChange(deps, signal),
    },
    { name: 'start predictions', everyMs: second, work: () => predictStarts(deps) },
    {
      name: 'sealing logs',
      channel: 'kiln_placement',
      everyMs: 5 * second,
      work: createSealer(deps),
    },
    {
      name: 'nodes that are shut out',
      everyMs: second,
      work: async () => (await shutOut(deps), false),
    },
    { name: 'audit chain', everyMs: second, work: async () => chainAudit(deps.db) },
  ]
  await repeatAll(loops, { ...deps, signal })
}

async function watchClock({ db, leaseMs, log }: ServerDeps): Promise<void> {
  const back = await noteClock(db, leaseMs)
  if (back > 0) log.warn({ seconds: Math.round(back / 1000) }, 'the clock was set back')
}

async function shutOut({
  db,
  gateway,
  tunnels,
}: ServerDeps & { readonly gateway: Pick<Gateway, 'shutOut'> }): Promise<void> {
  const revoked = await readRevoked(db, minute)
  tunnels.shutOut(revoked)
  // A poll whose node is out of reach would be given a task that nobody gets.
  gateway.shutOut([...revoked, ...(await readSilent(db, minute))])
}

function webhookLoops(deps: ServerDeps, signal: AbortSignal): readonly Loop[] {
  const rules = { allowedHosts: deps.webhookHosts, resolve: resolveHost }
  const deliverer = createDeliverer({ ...deps, ...rules }, signal)
  return [
    { name: 'webhooks', channel: 'kiln_webhooks', everyMs: second, work: deliverer.work },
    {
      name: 'webhook sweep',
      everyMs: minute,
      work: async () => sweepDeliveries(deps.db, keptMs),
    },
  ]
}

/** Builds of a long queue are looked for by themselves: the others are not to wait until it is gone through. */
function orphanLoops(deps: ServerDeps, signal: AbortSignal): readonly Loop[] {
  const rest = async () => sleep(second, undefined, { signal }).catch(() => undefined)
  const everyMs = 5 * second
  const builds = (waiting: boolean) =>
    createOrphanSearch({ ...orphanBuilds(deps, { waiting, forMs: orphanAgeMs }), rest })
  const environments = createOrphanSearch({ ...orphanEnvironments(deps, orphanAgeMs), rest })
  return [
    { name: 'orphan search', everyMs, work: builds(false) },
    { name: 'orphan search in the queue', everyMs, work: builds(true) },
    { name: 'orphan search of environments', everyMs, work: environments },
  ]
}

function environmentLoops(deps: ServerDeps): readonly Loop[] {
  const watch = createEnvironmentWatch(deps, deps.leaseMs)
  return [
    {
      name: 'images ahead',
      everyMs: 10 * second,
      work: async () => planImagesAhead(deps.db, deps.imagesAhead.mode),
    },
    {
      name: 'environments',
      channel: 'kiln_placement',
      deafTo: buildEnded,
      everyMs: second,
      work: async () => (await watch(), false),
    },
  ]
}

/** What removes what nobody needs any more. */
function sweeps(deps: ServerDeps): readonly Loop[] {
  return [
    { name: 'context sweep', everyMs: minute, work: () => sweepContexts(deps) },
    { name: 'log sweep', everyMs: minute, work: () => sweepLogs(deps) },
    { name: 'sweep of repeat keys', everyMs: minute, work: () => dropOldKeys(deps.db) },
    {
      name: 'sweep of predictions',
      everyMs: minute,
      work: async () => dropOldPredictions(deps.db),
    },
    {
      name: 'secret sweep',
      everyMs: minute,
      work: async () => (await dropUnusedSecrets(deps.db), false),
    },
    {
      name: 'session sweep',
      everyMs: minute,
      work: async () => (await dropOldSessions(deps.db), false),
    },
  ]
}
