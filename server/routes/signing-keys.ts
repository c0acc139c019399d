import { Hono } from 'hono'
import { listSigningKeys } from '../../records/signing-keys.ts'
import type { ApiEnv } from '../access/request-scope.ts'

/** The public keys by which what the farm publishes is signed. Private ones are with the signer alone. */
export function signingKeyRoutes() {
  return new Hono<ApiEnv>().get('/', async (c) => {
    const keys = await listSigningKeys(c.get('scope').db)
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
