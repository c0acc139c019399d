import type { AttestationKind } from '#contract/attestation.ts'
import { findAttestation } from '../../records/attestations.ts'
import type { Db } from '../../records/connect.ts'

/**
 * What hangs on a version, of one kind. `none`: it was published when the farm made none; `pending`: it is to be hung in
 * the registry, and `problem` says why it does not hang there yet if anybody tried; `removed`: it went with the version.
 */
export async function showAttestation(
  db: Db,
  version: { readonly id: number; readonly digest: string },
  kind: AttestationKind,
) {
  const found = await findAttestation(db, { versionId: version.id, kind })
  const about = { kind, digest: version.digest }
  if (found === undefined) return { ...about, state: 'none' as const }
  const { document, manifest, keyId, problem, created_at, tries, next_try_at } = found
  const state = (await isRemoved(db, version.id)) ? ('removed' as const) : stateOf(manifest)
  return {
    ...about,
    state,
    tries,
    next_try_at: state === 'pending' ? next_try_at.toISOString() : null,
    /** Of the manifest that names the image as its subject. */
    manifest,
    key_id: keyId,
    problem,
    document,
    asked_at: created_at.toISOString(),
  }
}

function stateOf(manifest: string | null) {
  return manifest === null ? ('pending' as const) : ('attached' as const)
}

/** Where another version is the same bytes, what hangs on them stays. */
async function isRemoved(db: Db, versionId: number): Promise<boolean> {
  const removal = await db
    .selectFrom('deletions')
    .select('id')
    .where('version_id', '=', versionId)
    .where('state', '=', 'done')
    .where('shared', '=', false)
    .limit(1)
    .executeTakeFirst()
  return removal !== undefined
}
