import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { drainOutbox, type OutboxEntry } from '../../records/outbox.ts'
import type { Workflows } from '../workflows.ts'

const batch = 50

/** Brings what was accepted to Temporal. @returns whether more may be waiting. */
export async function relayOutbox(pool: Pool, workflows: Workflows, log: Logger): Promise<boolean> {
  const taken = await drainOutbox(pool, batch, async (entry) => {
    try {
      await deliver(workflows, entry)
      return true
    } catch (error) {
      log.warn(
        { err: error, buildId: entry.buildId, action: entry.action },
        'Temporal did not take an entry',
      )
      return false
    }
  })
  return taken === batch
}

async function deliver(
  workflows: Workflows,
  { buildId, name, project, action }: OutboxEntry,
): Promise<void> {
  if (action === 'cancel') return workflows.cancelBuild(buildId)
  return workflows.startBuild({ buildId, image: name, project })
}
