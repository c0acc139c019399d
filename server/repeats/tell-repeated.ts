import type { Context } from 'hono'
import type { Made } from './make-once.ts'

/** Says of an answer that it is to a copy of an earlier request, where it is. */
export function tellRepeated(c: Context, { before }: Pick<Made, 'before'>): void {
  if (before) c.header('idempotent-replayed', 'true')
}
