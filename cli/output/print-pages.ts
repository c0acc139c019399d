import { pages, type PageQuery } from '../../client/pages.ts'
import type { PageOptions } from '../command-of.ts'
import type { Session } from '../session.ts'
import { common } from '../texts/common.ts'
import { table } from './table.ts'

interface List<P, R> {
  readonly read: (page: PageQuery) => Promise<P>
  /** Name of the rows in the document. */
  readonly key: string
  readonly rowsOf: (page: P) => readonly R[]
  readonly heading: readonly string[]
  readonly show: (row: R) => readonly string[]
}

/** One page of a list, or all of them as one. */
export async function printPages<P extends { next_cursor?: string | undefined }, R>(
  session: Session,
  { limit, cursor, all = false }: PageOptions,
  { read, key, rowsOf, heading, show }: List<P, R>,
): Promise<void> {
  const rows: R[] = []
  let next: string | undefined
  for await (const page of pages(read, { limit, cursor })) {
    rows.push(...rowsOf(page))
    next = page.next_cursor
    if (!all) break
  }
  const document = { [key]: rows, ...(next !== undefined && { next_cursor: next }) }
  session.answer(document, () => (rows.length === 0 ? [] : table(heading, rows.map(show))))
  if (session.json) return
  if (rows.length === 0) session.tell(session.say(common.none))
  if (next !== undefined) session.tell(session.say(common.more, { cursor: next }))
}
