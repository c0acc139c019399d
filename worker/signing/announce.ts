import type { Pool } from '../../records/connect.ts'
import { announceKeys } from '../../records/signing-keys.ts'
import type { SigningKeys } from './read-keys.ts'

/** Tells everybody whose signatures count. A worker that signs nothing changes nothing of it. */
export async function announce(db: Pool, keys: SigningKeys | undefined): Promise<void> {
  if (keys === undefined) return
  const { keyId, publicKey } = keys.signer
  const others = keys.others.filter((other) => other.keyId !== keyId)
  await announceKeys(db, [
    { keyId, publicKey, state: 'signing' },
    ...others.map((other) => ({ ...other, state: 'verifying' as const })),
  ])
}
