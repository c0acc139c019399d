import { type Selectable, sql } from 'kysely'
import { deletionRefusals } from '#contract/deletion.ts'
import type { DeletionTable } from '../../records/upkeep-tables.ts'
import type { Db } from '../../records/connect.ts'
import type { ImageRow } from '../../records/images.ts'
import { showAttachment } from './attachment.ts'
import { showScan } from './scan.ts'

/** Of the column. */
const maxNumber = 2 ** 31 - 1

interface Page {
  /** Number of the last one of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The versions of a name, newest first, each with what was found out about it. */
export async function listVersions(db: Db, image: ImageRow, { before, limit }: Page) {
  const rows = await selectVersions(db, image.id)
    // What is gone from the registry has left the list; it is told when it is asked for by its number.
    .where((where) =>
      where.or([
        where('versions.deleted_at', 'is', null),
        where(lastDeletion('state'), 'in', ['pending', 'removing']),
      ]),
    )
    .where('number', '<', Math.min(before ?? maxNumber, maxNumber))
    .orderBy('number', 'desc')
    .limit(limit + 1)
    .execute()
  const versions = rows.slice(0, limit).map((row) => summarise(image, row))
  const next = rows.length > versions.length ? versions.at(-1)?.number : undefined
  return { versions, ...(next !== undefined && { next_cursor: String(next) }) }
}

/** One of them; `undefined` when there is none of that number. */
export async function findSummary(db: Db, image: ImageRow, number: number) {
  const row = await selectVersions(db, image.id).where('number', '=', number).executeTakeFirst()
  return row && summarise(image, row)
}

function selectVersions(db: Db, imageId: number) {
  return (
    db
      .selectFrom('versions')
      // Of the attempt that published it. Its build is not asked: who sees the version need not see that.
      .leftJoin('verifications', (join) =>
        join
          .onRef('verifications.build_id', '=', 'versions.build_id')
          .onRef('verifications.digest', '=', 'versions.digest'),
      )
      .leftJoin('evidence as proof', (join) =>
        join
          .onRef('proof.build_id', '=', 'versions.build_id')
          .onRef('proof.attempt', '=', 'verifications.attempt')
          .onRef('proof.digest', '=', 'versions.digest'),
      )
      .leftJoin('scans', (join) =>
        join
          .onRef('scans.build_id', '=', 'versions.build_id')
          .onRef('scans.attempt', '=', 'verifications.attempt')
          .onRef('scans.digest', '=', 'versions.digest'),
      )
      .selectAll('versions')
      .select(['scans.state as scan_state', 'scans.findings', 'scans.detail as scan_detail'])
      .select(['scans.ended_at as scanned_at', 'scans.later_findings', 'scans.later_at'])
      .select(['verifications.verdict', 'verifications.evidence'])
      .select([lastDeletion('state').as('deletion_state'), lastDeletion('refusal').as('refusal')])
      .select([lastDeletion('detail').as('deletion_detail')])
      .select(lastDeletion('next_try_at').as('undo_until'))
      .select(['proof.attached_as as attachedAs', 'proof.attach_at as attachAt'])
      .select('proof.attach_given_up_at as givenUpAt')
      .where('image_id', '=', imageId)
  )
}

type DeletionColumn = 'state' | 'refusal' | 'detail' | 'next_try_at'

/** Of the version, the last that was asked for. */
function lastDeletion<C extends DeletionColumn>(column: C) {
  return sql<Selectable<DeletionTable>[C] | null>`(
    select ${sql.ref(column)} from deletions where version_id = versions.id order by id desc limit 1)`
}

type SelectedVersion = Awaited<
  ReturnType<ReturnType<typeof selectVersions>['executeTakeFirstOrThrow']>
>

function summarise(image: ImageRow, row: SelectedVersion) {
  return {
    number: row.number,
    digest: row.digest,
    reference: `${image.registry}@${row.digest}`,
    size: row.size,
    build_id: row.build_id,
    current: row.id === image.current_version_id,
    pinned: row.pinned,
    deprecated: row.deprecated,
    verification: row.verdict === null ? null : { verdict: row.verdict, evidence: row.evidence },
    attachment: showAttachment(row),
    scan: showScan(row),
    checked_at: row.checked_at?.toISOString() ?? null,
    missing: row.missing ?? [],
    deletion: showDeletion(row),
    created_at: row.created_at.toISOString(),
  }
}

/** `null` when nobody has asked for it, or it was undone. */
function showDeletion({
  deletion_state: state,
  refusal,
  deletion_detail: detail,
  undo_until: until,
}: SelectedVersion) {
  if (state === null || state === 'undone') return null
  return {
    state,
    ...(state === 'pending' && until !== null && { undo_until: until.toISOString() }),
    refusal: refusal === null ? null : { code: refusal, ...deletionRefusals[refusal] },
    detail,
  }
}
