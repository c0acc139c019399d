import type { Logger } from 'pino'
import { readLost } from '../../records/attempts.ts'
import type { Db } from '../../records/connect.ts'
import type { Workflows } from '../../outbox/workflows.ts'
import { type Clocks, createPatience } from './patience.ts'

/** Tells the workflows of attempts whose node has gone. Repeated until the workflow has ended the attempt. */
export function createLeaseWatch(
  deps: {
    readonly db: Db
    readonly workflows: Workflows
    readonly log: Logger
  } & Clocks,
  leaseMs: number,
) {
  const mayJudge = createPatience(deps, leaseMs)
  return async (): Promise<void> => {
    if (!mayJudge()) return
    // One that Temporal does not take holds up no other.
    const told = await Promise.allSettled(
      (await readLost(deps.db)).map(async ({ buildId, attempt, nodeId, handedBack }) => {
        if (handedBack) deps.log.info({ buildId, attempt, nodeId }, 'handed back')
        else deps.log.warn({ buildId, attempt, nodeId }, 'node lost')
        const loss = handedBack ? 'agent_stopped' : 'agent_lost'
        await deps.workflows.reportNodeLost(buildId, attempt, loss)
      }),
    )
    const failed = told.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }
}
