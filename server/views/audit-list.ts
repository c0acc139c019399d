import { sql } from 'kysely'
import { sealedText } from '../../records/audit-chain.ts'
import type { Db } from '../../records/connect.ts'

export interface AuditFilter {
  readonly projectId?: number | undefined
  /** A user with all of their tokens, or exactly one. */
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly object?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** One page of what was done, newest first. `chain` is `null` for what is not yet part of it. */
export async function listAudit(
  db: Db,
  filter: AuditFilter,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
) {
  const rows = await selectAudit(db, filter)
    .$if(before !== undefined, (query) => query.where('seq', '<', before ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  const page = rows.slice(0, limit)
  const next = rows.length > limit ? page.at(-1)?.seq : undefined
  return { entries: page.map(showEntry), ...(next !== undefined && { next_cursor: String(next) }) }
}

const exportPage = 500

/** The same from the oldest on as lines of JSON, up to what there was when it began. */
export async function* exportAudit(db: Db, filter: AuditFilter, signal: AbortSignal) {
  const { last } = await db
    .selectFrom('audit')
    .select((select) => select.fn.max('seq').as('last'))
    .executeTakeFirstOrThrow()
  let after = 0
  while (!signal.aborted) {
    const rows = await selectAudit(db, filter)
      .where('seq', '>', after)
      .where('seq', '<=', last ?? 0)
      .orderBy('seq')
      .limit(exportPage)
      .execute()
    for (const row of rows) yield `${JSON.stringify(showEntry(row))}\n`
    if (rows.length < exportPage) return
    after = rows.at(-1)?.seq ?? after
  }
}

function selectAudit(db: Db, { projectId, actor, action, object, since, until }: AuditFilter) {
  return db
    .selectFrom('audit')
    .leftJoin('projects', 'projects.id', 'audit.project_id')
    .select(['seq', 'at', 'actor', 'action', 'object', 'detail', 'projects.name as project'])
    .select(['position', 'previous', 'hash', sealedText.as('sealed')])
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? 0))
    .$if(actor !== undefined, (query) =>
      query.where(sql<boolean>`(actor = ${actor} or starts_with(actor, ${`${actor}/`}))`),
    )
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(object !== undefined, (query) => query.where('object', '=', object ?? ''))
    .$if(since !== undefined, (query) => query.where('at', '>=', since ?? new Date()))
    .$if(until !== undefined, (query) => query.where('at', '<', until ?? new Date()))
}

type Row = Awaited<ReturnType<ReturnType<typeof selectAudit>['executeTakeFirstOrThrow']>>

function showEntry({ at, position, previous, hash, sealed, ...entry }: Row) {
  return {
    ...entry,
    at: at.toISOString(),
    chain:
      position === null
        ? null
        : { position, previous: previous?.toString('hex'), hash: hash?.toString('hex'), sealed },
  }
}
