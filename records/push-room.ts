import type { AttemptRef } from '#contract/build.ts'
import type { ImageBlob } from '#contract/push.ts'
import type { Db } from './connect.ts'
import { requireQuotas } from './quotas.ts'
import { countNewBytes } from './registry-usage.ts'

interface Pushing extends AttemptRef {
  readonly projectId: number
  /** Whether the project may have only so many bytes. */
  readonly isLimited: boolean
  /** What was set aside for this push. */
  readonly newBytes: number | null
}

/**
 * Sets aside what the image of an attempt takes more of the registry, until its build has ended. Once is enough: a push that
 * waits for its turn keeps what it has. @throws QuotaExceeded when the project may not have so much.
 */
export async function requireRoomForPush(
  db: Db,
  { buildId, attempt, projectId, isLimited, newBytes }: Pushing,
  blobs: readonly ImageBlob[] | undefined,
): Promise<void> {
  if (!isLimited || newBytes !== null || blobs === undefined) return
  const bytes = await countNewBytes(db, projectId, blobs)
  await requireQuotas(db, projectId, { registry_bytes: bytes })
  await db
    .updateTable('pushes')
    .set({ new_bytes: bytes })
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .execute()
}
