import { dropIdleLogs, readUnsealed, sealLog } from '../../records/logs.ts'
import type { ServerDeps } from '../deps.ts'

const batch = 50

/** Seals the logs of attempts that have ended. @returns whether there may be more of them. */
export async function sealLogs(deps: Pick<ServerDeps, 'db' | 'logs'>): Promise<boolean> {
  const unsealed = await readUnsealed(deps.db, batch)
  for (const ref of unsealed) await sealLog(deps.db, { ...ref, ...(await deps.logs.seal(ref)) })
  return unsealed.length === batch
}

/** Deletes logs that nobody has read for long. @returns whether there may be more of them. */
export async function sweepLogs(
  deps: Pick<ServerDeps, 'db' | 'logs' | 'logIdleMs' | 'log'>,
): Promise<boolean> {
  const which = { idleMs: deps.logIdleMs, limit: batch }
  const dropped = await dropIdleLogs(deps.db, which, deps.logs.delete)
  for (const ref of dropped) deps.log.info(ref, 'log dropped')
  return dropped.length === batch
}
