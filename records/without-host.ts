import { type RawBuilder, sql } from 'kysely'

/**
 * `repository@digest` of a reference: a registry may be reached by another name than when a version was published, and its
 * versions are the same.
 */
export function withoutHost(reference: RawBuilder<unknown>) {
  return sql<string>`regexp_replace(${reference}, '^[^/]*/', '')`
}
