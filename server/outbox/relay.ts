import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { drainOutbox, type OutboxEntry } from '../../records/outbox.ts'
import type { Traces } from '../../observation/traces.ts'
import type { Workflows } from '../workflows.ts'

const batch = 50

interface RelayDeps {
  readonly db: Pool
  readonly workflows: Workflows
  readonly traces: Traces
  readonly log: Logger
}

/** Brings what was accepted to Temporal. @returns whether more may be waiting. */
export async function relayOutbox({ db, workflows, traces, log }: RelayDeps): Promise<boolean> {
  const taken = await drainOutbox(db, batch, async (entry) => {
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
  })
  return taken === batch
}

async function deliver(workflows: Workflows, entry: OutboxEntry): Promise<void> {
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
