import { sql } from 'kysely'
import type { SigningKeyState } from '#contract/attestation.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

interface AnnouncedKey {
  readonly keyId: string
  /** PEM. */
  readonly publicKey: string
  readonly state: SigningKeyState
}

/** Makes the published keys those of the key file: what it no longer holds is withdrawn, and kept to be named. */
export async function announceKeys(pool: Pool, keys: readonly AnnouncedKey[]): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await sql`lock table signing_keys in exclusive mode`.execute(db)
    const known = new Map((await listSigningKeys(db)).map(({ id, state }) => [id, state]))
    const gone = [...known.keys()].filter((id) => !keys.some(({ keyId }) => keyId === id))
    const withdrawn = gone.map((id) => ({ keyId: id, state: 'withdrawn' as const, publicKey: '' }))
    for (const { keyId, state, publicKey } of [...keys, ...withdrawn]) {
      if (known.get(keyId) === state) continue
      await db
        .insertInto('signing_keys')
        .values({ id: keyId, public_key: publicKey, state })
        .onConflict((c) => c.column('id').doUpdateSet({ state, changed_at: sql<Date>`now()` }))
        .execute()
      const detail = { state, before: known.get(keyId) }
      await recordAudit(db, { actor: 'farm', action: 'signing_key.change', object: keyId, detail })
    }
  })
}

/** Every key that has ever signed, the newest first. */
export async function listSigningKeys(db: Db) {
  return db
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
}
