import { Gauge, type Registry } from 'prom-client'
import type { FarmState } from './read-farm.ts'

const gauges = {
  kiln_queue_builds: { help: 'Builds that wait for a node', labels: ['priority'] },
  kiln_queue_oldest_seconds: {
    help: 'How long the first of them has waited',
    labels: ['priority'],
  },
  kiln_builds: { help: 'Builds that have not ended, by stage', labels: ['stage'] },
  kiln_outbox_entries: { help: 'What was accepted and Temporal has not been told yet', labels: [] },
  kiln_outbox_oldest_seconds: { help: 'How old the first of it is', labels: [] },
  kiln_nodes: { help: 'Nodes; one may be in several states', labels: ['state'] },
  kiln_slots: { help: 'Builds that nodes run at once, and run now', labels: ['state'] },
  kiln_gpus: { help: 'GPUs of the nodes that answer', labels: ['state'] },
  kiln_environments: { help: 'Environments that have not ended', labels: ['state'] },
  kiln_images_ahead: {
    help: 'New versions that nodes fetch before anybody starts from them, on each node once',
    labels: ['state'],
  },
  kiln_images_ahead_bytes: {
    help: 'What those have in the registry',
    labels: ['state'],
  },
  kiln_pushes: { help: 'Images that are pushed, or wait to be', labels: ['state'] },
  kiln_webhook_deliveries_pending: { help: 'What webhooks are to be told yet', labels: [] },
  kiln_webhooks_disabled: { help: 'Webhooks that are told nothing', labels: [] },
  kiln_registry_breaker_open: { help: '1 while the registry takes no pushes', labels: [] },
} as const

/**
 * Gauges that are read from the database when they are asked for, at most once in `restMs` however many ask. While it does
 * not answer they are absent, and `kiln_database_up` is 0.
 */
export function addFarmGauges(
  registry: Registry,
  read: () => Promise<FarmState>,
  { now, restMs }: { readonly now: () => number; readonly restMs: number },
): void {
  let [state, readAt] = [{} as FarmState | undefined, Number.NEGATIVE_INFINITY]
  let reading: Promise<void> | undefined
  const refresh = async () => {
    if (now() - readAt < restMs) return
    reading ??= read()
      .then(
        (found) => void (state = found),
        () => void (state = undefined),
      )
      .finally(() => {
        readAt = now()
        reading = undefined
      })
    await reading
  }
  for (const [name, { help, labels }] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect: async () => {
        await refresh()
        gauge.reset()
        // A gauge without labels is 0 again after that, which would be wrong while nobody knows.
        if (state === undefined) {
          if (labels.length === 0) gauge.remove()
          return
        }
        for (const { labels: of, value } of state[name] ?? []) gauge.set({ ...of }, value)
      },
    })
  }
  const up: Gauge = new Gauge({
    name: 'kiln_database_up',
    help: 'Whether the database answered the last time',
    registers: [registry],
    collect: async () => {
      await refresh()
      up.set(state === undefined ? 0 : 1)
    },
  })
}
