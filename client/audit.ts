import { auditCheck, auditPage } from '#contract/wire/answers/audit.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer } from './request.ts'

export interface AuditFilter {
  readonly project?: string | undefined
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly object?: string | undefined
  /** RFC 3339. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** What was done, by whom. All of them throw ServerError. */
export function createAudit(connection: Connection) {
  return {
    list: async (query: PageQuery & AuditFilter) =>
      readAnswer(connection, { path: '/api/audit', query: { ...query } }, auditPage),
    /** Whether the chain of all rows is whole. */
    check: async () => readAnswer(connection, { path: '/api/audit/check' }, auditCheck),
    /** Where all of it is read as lines of JSON, from the oldest on. */
    exportPath: (filter: AuditFilter) => {
      const named = Object.entries(filter).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' ? [[name, value]] : [],
      )
      return `/api/audit/export?${new URLSearchParams(named).toString()}`
    },
  }
}
