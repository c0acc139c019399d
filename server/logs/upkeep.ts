import type { AttemptRef } from '#contract/build.ts'
import { dropIdleLogs, readUnsealed, sealLog } from '../../records/logs.ts'
import type { ServerDeps } from '../deps.ts'

const batch = 50

/** One that cannot be sealed is tried again after this. */
const failedRestMs = 60_000

/**
 * Seals the logs of attempts that have ended, when it is called; one that cannot be sealed holds up no other.
 * @returns whether there may be more of them.
 */
export function createSealer(deps: Pick<ServerDeps, 'db' | 'logs' | 'log' | 'now'>) {
  const failed = new Map<string, number>()
  return async (): Promise<boolean> => {
    for (const [key, until] of failed) if (until <= deps.now()) failed.delete(key)
    const unsealed = await readUnsealed(deps.db, batch + failed.size)
    const due = unsealed.filter((ref) => !failed.has(keyOf(ref))).slice(0, batch)
    for (const ref of due) {
      try {
        await sealLog(deps.db, { ...ref, ...(await deps.logs.seal(ref)) })
      } catch (err) {
        failed.set(keyOf(ref), deps.now() + failedRestMs)
        deps.log.warn({ err, ...ref }, 'log not sealed')
      }
    }
    return due.length === batch
  }
}

function keyOf({ buildId, attempt }: AttemptRef): string {
  return `${buildId}.${attempt}`
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
