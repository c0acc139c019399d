import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { LogChunk, LogLine, LogPosition } from '#contract/log.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'

export type Appended =
  | { readonly kind: 'known'; readonly next: number }
  | { readonly kind: 'stale' }

/**
 * Stores consecutive lines of an attempt. `next` is the number of the line that is expected next: a sender that lost
 * an answer just repeats, and one that is ahead learns where to go back to.
 */
export async function appendLog(
  db: Db,
  { buildId, attempt }: AttemptRef,
  { start, lines }: LogChunk,
): Promise<Appended> {
  const current = await db
    .selectFrom('builds')
    .select('id')
    .where('id', '=', buildId)
    .where('attempt', '=', attempt)
    .executeTakeFirst()
  if (current === undefined) return { kind: 'stale' }
  const next = await readNextLine(db, { buildId, attempt })
  if (start !== next) return { kind: 'known', next }
  const end = start + lines.length
  await db
    .insertInto('build_logs')
    .values({
      build_id: buildId,
      attempt,
      start_line: start,
      end_line: end,
      lines: JSON.stringify(lines),
    })
    .onConflict((c) => c.doNothing())
    .execute()
  await notify(db, 'kiln_build', buildId)
  return { kind: 'known', next: end }
}

/** Number of the line that follows the stored ones of an attempt. */
export async function readNextLine(db: Db, { buildId, attempt }: AttemptRef): Promise<number> {
  const last = await db
    .selectFrom('build_logs')
    .select('end_line')
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .orderBy('start_line', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.end_line ?? 0
}

export interface NumberedLine extends LogPosition {
  readonly content: LogLine
}

/** Lines after `from`, in order of attempts, at most about `chunks` × 1,000 of them. */
export async function readLog(
  db: Db,
  buildId: string,
  from: LogPosition,
  chunks = 20,
): Promise<readonly NumberedLine[]> {
  const rows = await db
    .selectFrom('build_logs')
    .select(['attempt', 'start_line', 'lines'])
    .where('build_id', '=', buildId)
    .where(sql<boolean>`(attempt, end_line) > (${from.attempt}, ${from.line})`)
    .orderBy('attempt')
    .orderBy('start_line')
    .limit(chunks)
    .execute()
  return rows.flatMap(({ attempt, start_line, lines }) =>
    lines
      .map((content, index) => ({ attempt, line: start_line + index + 1, content }))
      .filter(({ line }) => attempt > from.attempt || line > from.line),
  )
}
