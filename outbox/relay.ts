import type { Logger } from 'pino'
import type { Pool } from '../records/connect.ts'
import { drainOutbox, type OutboxEntry } from '../records/outbox.ts'
import type { Traces } from '../observation/traces.ts'
import type { Workflows } from './workflows.ts'

const batch = 50

export interface RelayDeps {
  readonly db: Pool
  readonly workflows: Pick<
    Workflows,
    'startBuild' | 'cancelBuild' | 'startEnvironment' | 'wakeEnvironment' | 'reportJoinedFailed'
  >
  readonly traces: Traces
  readonly log: Logger
}

/**
 * Brings what was accepted to Temporal.
 * @param dueForMs what others have not taken for so long; at once by default. @returns whether more may be waiting.
 */
export async function relayOutbox(
  { db, workflows, traces, log }: RelayDeps,
  dueForMs?: number,
): Promise<boolean> {
  const deliverOne = async (entry: OutboxEntry) => {
    try {
      const subject = 'buildId' in entry ? entry.buildId : entry.environmentId
      await traces.span(subject, `tell Temporal: ${entry.action}`, async () =>
        deliver(workflows, entry),
      )
      return true
    } catch (error) {
      log.warn({ err: error, entry }, 'Temporal did not take an entry')
      return false
    }
  }
  return (await drainOutbox(db, batch, deliverOne, dueForMs)) === batch
}

async function deliver(workflows: RelayDeps['workflows'], entry: OutboxEntry): Promise<void> {
  const { name: image, project } = entry
  if ('environmentId' in entry) {
    const { environmentId, start } = entry
    if (entry.action === 'wake') return workflows.wakeEnvironment(environmentId)
    return workflows.startEnvironment({ environmentId, start, image, project })
  }
  const { buildId } = entry
  if (entry.action === 'cancel') return workflows.cancelBuild(buildId)
  if (entry.action === 'fail') return workflows.reportJoinedFailed(buildId, entry.failure)
  return workflows.startBuild({ buildId, image, project })
}
