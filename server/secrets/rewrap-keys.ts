import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { readKeysNotBy, replaceProjectKey } from '../../records/project-keys.ts'
import type { KeyRing } from './key-ring.ts'

const batch = 100

/**
 * Wraps every data key under the first key of the ring, so that an operator who has put a new one in front may drop the
 * others after one start. Values stay as they are. A key that cannot be opened is left and told.
 */
export async function rewrapKeys(
  { db, log }: { readonly db: Pool; readonly log: Logger },
  ring: KeyRing,
): Promise<void> {
  for (let after = 0; ;) {
    const stored = await readKeysNotBy(db, ring.current, { after, limit: batch })
    for (const { project, ...old } of stored) {
      try {
        const key = ring.unwrap(project.name, old)
        await replaceProjectKey(db, project, old, ring.wrap(project.name, key))
        key.fill(0)
      } catch (err) {
        log.error({ err, project: project.name }, 'data key cannot be opened')
      }
    }
    after = stored.at(-1)?.project.id ?? 0
    if (stored.length < batch) return
  }
}
