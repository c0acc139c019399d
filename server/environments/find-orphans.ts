import type { Logger } from 'pino'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { Pool } from '../../records/connect.ts'
import { endEnvironment } from '../../records/environment-starts.ts'
import { readOpenEnvironments } from '../../records/environment-upkeep.ts'
import type { Workflows } from '../../outbox/workflows.ts'
import type { OrphanKind } from '../fleet/search-orphans.ts'

/**
 * Environments whose workflow may be no more: nothing else would ever stop them. Their nodes end what runs as soon as they
 * hear of it.
 */
export function orphanEnvironments(
  deps: { readonly db: Pool; readonly workflows: Pick<Workflows, 'isOpen'>; readonly log: Logger },
  forMs: number,
): Omit<OrphanKind<EnvironmentRef>, 'rest'> {
  return {
    read: async (page) => readOpenEnvironments(deps.db, { ...page, forMs }),
    idOf: ({ environmentId }) => environmentId,
    isOpen: deps.workflows.isOpen,
    end: async (ref) => {
      deps.log.warn(ref, 'workflow is gone')
      await endEnvironment(deps.db, ref, { state: 'failed', reason: 'terminated' })
    },
  }
}
