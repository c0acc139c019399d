import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import { findLogRows, finishLogImport, readLogRow } from '../../records/log-rows.ts'
import { encodeLines } from './encode-lines.ts'
import type { LogStore } from './store.ts'

/**
 * Takes the lines that an older server kept as rows into files, before anybody reads or adds any. One that is cut off
 * goes on from what the file holds; the rows are deleted once all their lines are on the disk.
 */
export async function importLogRows(deps: {
  readonly db: Pool
  readonly logs: LogStore
  readonly log: Logger
}): Promise<void> {
  const { db, logs, log } = deps
  for (let ref = await findLogRows(db); ref !== undefined; ref = await findLogRows(db)) {
    let next: number | undefined = await logs.readNext(ref)
    while (next !== undefined) {
      const row = await readLogRow(db, ref, next)
      if (row === undefined) break
      const { lines } = row
      next = await logs.append(ref, {
        start: next,
        lines: lines.length,
        bytes: encodeLines(lines),
      })
    }
    await finishLogImport(db, ref)
    log.info(ref, 'log moved from the database into a file')
  }
}
