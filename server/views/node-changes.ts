import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { showReason } from './reason.ts'

interface Page {
  /** Id of the last change of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

/** How the GPUs of a node have changed, the newest first, and what that means for the library once that is computed. */
export async function listChanges(
  db: Db,
  nodeId: string,
  { before, limit }: Page,
  language: Language,
) {
  const rows = await db
    .selectFrom('node_changes')
    .select(['id', 'at', 'before', 'after', 'told', 'given_up_at'])
    .where('node_id', '=', nodeId)
    .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const changes = rows.slice(0, limit).map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    before: row.before.map(showGpu),
    after: row.after.map(showGpu),
    /** `given_up`: it failed too often; what the change means is not known. */
    state: stateOf(row),
    text: row.told?.text[language] ?? null,
    findings: (row.told?.findings ?? []).map((found) => showReason(found, language)),
  }))
  const next = rows.length > changes.length ? changes.at(-1)?.id : undefined
  return { changes, ...(next !== undefined && { next_cursor: String(next) }) }
}

function stateOf({ told, given_up_at }: { told: object | null; given_up_at: Date | null }) {
  if (told !== null) return 'told' as const
  return given_up_at === null ? ('waiting' as const) : ('given_up' as const)
}

function showGpu({ uuid, name, driver, mig }: LeasedGpu) {
  return { uuid, name, driver, ...(mig !== undefined && { mig }) }
}
