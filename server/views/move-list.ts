import { sql } from 'kysely'
import { moveRefusals } from '#contract/move.ts'
import type { Db } from '../../records/connect.ts'

interface Page {
  /** Id of the last one of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

/** Where a name has pointed, and what is to move it, newest first. */
export async function listMoves(db: Db, imageId: number, { before, limit }: Page) {
  const rows = await selectMoves(db)
    .where('moves.image_id', '=', imageId)
    .where('moves.id', '<', before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('moves.id', 'desc')
    .limit(limit + 1)
    .execute()
  const moves = rows.slice(0, limit).map(showMove)
  const next = rows.length > moves.length ? moves.at(-1)?.id : undefined
  return { moves, ...(next !== undefined && { next_cursor: String(next) }) }
}

/** One move; `undefined` when the image has none of that id. */
export async function findMove(db: Db, imageId: number, id: number) {
  const row = await selectMoves(db)
    .where('moves.image_id', '=', imageId)
    .where('moves.id', '=', id)
    .executeTakeFirst()
  return row && showMove(row)
}

const numberOf = (column: 'from_version_id' | 'to_version_id') =>
  sql<
    number | null
  >`(select number from versions where versions.id = ${sql.ref(`moves.${column}`)})`

function selectMoves(db: Db) {
  return db
    .selectFrom('moves')
    .select(['id', 'kind', 'actor', 'reason', 'state', 'refusal', 'tagged'])
    .select(['created_at', 'finished_at'])
    .select([numberOf('from_version_id').as('from'), numberOf('to_version_id').as('to')])
}

type MoveRow = Awaited<ReturnType<ReturnType<typeof selectMoves>['executeTakeFirstOrThrow']>>

function showMove({ refusal, created_at, finished_at, ...row }: MoveRow) {
  return {
    ...row,
    refusal: refusal === null ? null : { code: refusal, ...moveRefusals[refusal] },
    created_at: created_at.toISOString(),
    finished_at: finished_at?.toISOString() ?? null,
  }
}
