import { sql } from 'kysely'

/** So many milliseconds from now, on the database's clock. */
export function after(ms: number) {
  return sql<Date>`now() + ${ms} * interval '1 millisecond'`
}
