import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { endEnvironment } from '../../records/environment-starts.ts'
import { readOpenEnvironments } from '../../records/environment-upkeep.ts'
import type { Workflows } from '../../outbox/workflows.ts'

const batch = 50

/**
 * Ends environments whose workflow is no more: nothing else would ever stop them. Their nodes end what runs as soon as
 * they hear of it. One page a round; the next round goes on from there.
 */
export function createEnvironmentOrphanSearch(
  deps: {
    readonly db: Pool
    readonly workflows: Pick<Workflows, 'isOpen'>
    readonly log: Logger
  },
  ageMs: number,
) {
  let after = ''
  return async (): Promise<boolean> => {
    const refs = await readOpenEnvironments(deps.db, { after, forMs: ageMs, limit: batch })
    after = refs.length < batch ? '' : (refs.at(-1)?.environmentId ?? '')
    await Promise.all(
      refs.map(async (ref) => {
        if (await deps.workflows.isOpen(ref.environmentId)) return
        deps.log.warn(ref, 'workflow is gone')
        await endEnvironment(deps.db, ref, { state: 'failed', reason: 'terminated' })
      }),
    )
    return after !== ''
  }
}
