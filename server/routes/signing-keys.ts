import { Hono } from 'hono'
import { listSigningKeys } from '../../records/signing-keys.ts'
import type { ServerDeps } from '../deps.ts'

/** The public keys by which what the farm publishes is signed. Private ones are with the signer alone. */
export function signingKeyRoutes({ db }: ServerDeps) {
  return new Hono().get('/', async (c) => {
    const keys = await listSigningKeys(db)
    return c.json({
      keys: keys.map(({ id, state, public_key, created_at, changed_at }) => ({
        id,
        state,
        algorithm: 'ecdsa-p256-sha256' as const,
        public_key,
        created_at: created_at.toISOString(),
        changed_at: changed_at.toISOString(),
      })),
    })
  })
}
