import type { Logger } from 'pino'
import { failures } from '#contract/failure.ts'
import { finishBuild } from '../../records/end-build.ts'
import { readStarted } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import type { Workflows } from '../../outbox/workflows.ts'

const batch = 50

/**
 * Ends builds whose workflow is no more: terminated by an operator, or lost with Temporal's data. Nothing else would
 * ever end them, and their name would stay taken. One page a round; the next round goes on from there.
 */
export function createOrphanSearch(
  deps: { readonly db: Pool; readonly workflows: Workflows; readonly log: Logger },
  ageMs: number,
) {
  let after = ''
  return async (): Promise<boolean> => {
    const ids = await readStarted(deps.db, { after, forMs: ageMs, limit: batch })
    after = ids.length < batch ? '' : (ids.at(-1) ?? '')
    await Promise.all(
      ids.map(async (buildId) => {
        if (await deps.workflows.isOpen(buildId)) return
        deps.log.warn({ buildId }, 'workflow is gone')
        const failure = { code: 'terminated', message: failures.terminated.message } as const
        await finishBuild(deps.db, { buildId, status: 'failed', failure })
      }),
    )
    return after !== ''
  }
}
