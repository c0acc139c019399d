import type { z } from 'zod'
import type { Send } from './connection.ts'
import { read } from './read.ts'

/** The most that Harbor gives at once: 101 is refused. */
const pageSize = 100
/** Ends a list that some proxy answers for ever. */
const maxPages = 10_000

export interface ListRequest<T> {
  readonly operation: string
  readonly path: string
  /** Of one row. */
  readonly row: z.ZodType<T>
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** A key that does not change while the list is read: pages are counted by rows, and rows that move get lost. */
  readonly sort: string
}

/** All rows of a list, page by page. */
export async function* listAll<T>(
  send: Send,
  { operation, path, row, query = {}, sort }: ListRequest<T>,
): AsyncGenerator<T> {
  for (let page = 1; page <= maxPages; page += 1) {
    const reply = await send({
      operation,
      method: 'GET',
      path,
      query: { ...query, sort, page, page_size: pageSize },
    })
    // An empty list may come as `null`.
    const rows = read(operation, row.array().nullable(), reply) ?? []
    yield* rows
    if (rows.length < pageSize) return
  }
}
