import { sql } from 'kysely'
import type { AttestationKind } from '#contract/attestation.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

interface AttestationRef {
  readonly versionId: number
  readonly kind: AttestationKind
}

/** Something that is to be hung on a published version by whoever claimed it. */
export interface DueAttestation extends AttestationRef {
  readonly digest: string
  /** Without the prefix of the registry. */
  readonly repository: string
  readonly buildId: string
  /** When it was made already. */
  readonly document: object | null
  /** With this one. */
  readonly tries: number
}

/** Asks for what is to be hung on a version, in the transaction that publishes it. */
export async function wantAttestations(
  db: Db,
  versionId: number,
  kinds: readonly AttestationKind[],
): Promise<void> {
  if (kinds.length === 0) return
  const rows = kinds.map((kind) => ({ version_id: versionId, kind }))
  await db.insertInto('attestations').values(rows).execute()
}

export interface ClaimRules {
  /** What the one who asks can make. */
  readonly kinds: readonly AttestationKind[]
  /** After this time somebody else may claim it, in ms. */
  readonly leaseMs: number
}

/** Takes the one that waits longest; `undefined` when none does. */
export async function claimAttestation(
  db: Db,
  { kinds, leaseMs }: ClaimRules,
): Promise<DueAttestation | undefined> {
  return db
    .with('due', (of) =>
      of
        .selectFrom('attestations')
        .innerJoin('versions', 'versions.id', 'attestations.version_id')
        .innerJoin('images', 'images.id', 'versions.image_id')
        .select(['attestations.version_id', 'attestations.kind'])
        .select(['versions.digest', 'versions.build_id', 'images.repository'])
        .where('attestations.manifest', 'is', null)
        .where('versions.deleted_at', 'is', null)
        .where('attestations.kind', 'in', kinds)
        .where('attestations.next_try_at', '<=', sql<Date>`now()`)
        .orderBy('attestations.next_try_at')
        .limit(1)
        .forUpdate('attestations')
        .skipLocked(),
    )
    .updateTable('attestations')
    .from('due')
    .set({ tries: sql<number>`tries + 1`, next_try_at: after(leaseMs) })
    .whereRef('attestations.version_id', '=', 'due.version_id')
    .whereRef('attestations.kind', '=', 'due.kind')
    .returning(['attestations.version_id as versionId', 'attestations.kind'])
    .returning(['attestations.document', 'attestations.tries'])
    .returning(['due.digest', 'due.repository', 'due.build_id as buildId'])
    .executeTakeFirst()
}

/**
 * Keeps what was made. What is there already stays: nothing is ever signed a second time.
 * @returns what is kept. @throws KeyWithdrawn when the key does not count any more by now.
 */
export async function storeDocument(
  pool: Pool,
  { versionId, kind, digest }: Pick<DueAttestation, 'versionId' | 'kind' | 'digest'>,
  made: { readonly document: object; readonly keyId?: string },
): Promise<object> {
  return pool.transaction().execute(async (db) => {
    const { document, keyId = null } = made
    if (keyId !== null && (await isWithdrawn(db, keyId))) throw new KeyWithdrawn()
    const stored = await attestationOf(db, { versionId, kind })
      .set({ document: JSON.stringify(document), key_id: keyId })
      .where('document', 'is', null)
      .returning('document')
      .executeTakeFirst()
    if (stored?.document == null) return findDocument(db, { versionId, kind })
    const detail = { versionId, kind, keyId }
    await recordAudit(db, { actor: 'farm', action: 'image.attest', object: digest, detail })
    return stored.document
  })
}

/**
 * What this key has signed of one kind for another version of the same bytes under the same name, the last one;
 * `undefined` when it has signed none.
 */
export async function findSigned(
  db: Db,
  { versionId, kind, digest, repository }: Omit<DueAttestation, 'buildId' | 'document' | 'tries'>,
  keyId: string,
): Promise<object | undefined> {
  const signed = await db
    .selectFrom('attestations')
    .innerJoin('versions', 'versions.id', 'attestations.version_id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select('attestations.document')
    .where('versions.digest', '=', digest)
    .where('versions.id', '<>', versionId)
    .where('images.repository', '=', repository)
    .where('attestations.kind', '=', kind)
    .where('attestations.key_id', '=', keyId)
    .orderBy('versions.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return signed?.document ?? undefined
}

/** What was signed with a key must not be kept after that was withdrawn: nobody would believe it. */
export class KeyWithdrawn extends Error {
  override readonly name = 'KeyWithdrawn'
}

/** Until the transaction ends its state stays what it is: whoever changes one locks the table. */
async function isWithdrawn(db: Db, keyId: string): Promise<boolean> {
  const key = await db
    .selectFrom('signing_keys')
    .select('state')
    .where('id', '=', keyId)
    .forShare()
    .executeTakeFirst()
  return key?.state === 'withdrawn'
}

async function findDocument(db: Db, { versionId, kind }: AttestationRef): Promise<object> {
  const { document } = await db
    .selectFrom('attestations')
    .select('document')
    .where('version_id', '=', versionId)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow()
  if (document === null) throw new Error(`${kind} of version ${versionId} has no document`)
  return document
}

export async function markHung(
  pool: Pool,
  { versionId, kind, digest }: Pick<DueAttestation, 'versionId' | 'kind' | 'digest'>,
  manifest: string,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await attestationOf(db, { versionId, kind }).set({ manifest, problem: null }).execute()
    const detail = { versionId, kind, manifest }
    await recordAudit(db, { actor: 'farm', action: 'image.attach', object: digest, detail })
  })
}

/** Puts one back into the queue, after `ms`, with why. */
export async function postponeAttestation(
  db: Db,
  ref: AttestationRef,
  { ms, problem }: { readonly ms: number; readonly problem: string },
): Promise<void> {
  await attestationOf(db, ref)
    .set({ next_try_at: after(ms), problem })
    .execute()
}

/** What hangs on a version, or is to, of one kind. */
export async function findAttestation(db: Db, { versionId, kind }: AttestationRef) {
  return db
    .selectFrom('attestations')
    .select(['document', 'manifest', 'key_id as keyId', 'problem', 'tries', 'created_at'])
    .select('next_try_at')
    .where('version_id', '=', versionId)
    .where('kind', '=', kind)
    .executeTakeFirst()
}

function attestationOf(db: Db, { versionId, kind }: AttestationRef) {
  return db.updateTable('attestations').where('version_id', '=', versionId).where('kind', '=', kind)
}
