import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { showReason } from './reason.ts'

const maxChanges = 50

/** How the GPUs of a node have changed, the newest first, and what that means for the library once that is computed. */
export async function listChanges(db: Db, nodeId: string, language: Language) {
  const rows = await db
    .selectFrom('node_changes')
    .select(['at', 'before', 'after', 'told'])
    .where('node_id', '=', nodeId)
    .orderBy('id', 'desc')
    .limit(maxChanges)
    .execute()
  return rows.map(({ at, before, after, told }) => ({
    at: at.toISOString(),
    before: before.map(showGpu),
    after: after.map(showGpu),
    text: told?.text[language] ?? null,
    findings: (told?.findings ?? []).map((found) => showReason(found, language)),
  }))
}

function showGpu({ uuid, name, driver, mig }: LeasedGpu) {
  return { uuid, name, driver, ...(mig !== undefined && { mig }) }
}
