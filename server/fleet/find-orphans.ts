import type { Logger } from 'pino'
import { failures } from '#contract/failure.ts'
import { readStarted } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { finishBuild } from '../../records/end-build.ts'
import type { Workflows } from '../../outbox/workflows.ts'
import type { OrphanKind } from './search-orphans.ts'

/**
 * Builds whose workflow may be no more: terminated by an operator, or lost with Temporal's data. Nothing else would ever end
 * them, and their name would stay taken.
 * @param which those that wait for a node, which may be very many, or all others.
 */
export function orphanBuilds(
  deps: { readonly db: Pool; readonly workflows: Pick<Workflows, 'isOpen'>; readonly log: Logger },
  which: { readonly waiting: boolean; readonly forMs: number },
): Omit<OrphanKind<string>, 'rest'> {
  return {
    read: async (page) => readStarted(deps.db, { ...page, ...which }),
    idOf: (id) => id,
    isOpen: deps.workflows.isOpen,
    end: async (buildId) => {
      deps.log.warn({ buildId }, 'workflow is gone')
      const failure = { code: 'terminated', message: failures.terminated.message } as const
      await finishBuild(deps.db, { buildId, status: 'failed', failure })
    },
  }
}
