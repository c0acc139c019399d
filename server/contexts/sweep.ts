import { dropIdleContexts } from '../../records/contexts.ts'
import type { ServerDeps } from '../deps.ts'

const batch = 50

/** Deletes contexts that nobody needs any more. @returns whether there may be more of them. */
export async function sweepContexts(
  deps: Pick<ServerDeps, 'db' | 'contexts' | 'contextIdleMs' | 'log'>,
): Promise<boolean> {
  const which = { idleMs: deps.contextIdleMs, limit: batch }
  const dropped = await dropIdleContexts(deps.db, which, deps.contexts.delete)
  for (const digest of dropped) deps.log.info({ digest }, 'context dropped')
  return dropped.length === batch
}
