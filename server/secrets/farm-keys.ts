import type { Logger } from 'pino'
import type { Pool } from '../../records/connect.ts'
import {
  ensureFarmKey,
  type FarmKey,
  readFarmKeysNotBy,
  replaceFarmKey,
} from '../../records/farm-keys.ts'
import type { KeyRing } from './key-ring.ts'

/** Keys that all servers of the farm share: of the authority that nodes trust, of tickets and of task tokens. */
export interface FarmKeys {
  /** The first that asks for a key makes it. @throws when the operator's key that it lies under is not given. */
  ensure(name: string, fresh: Uint8Array): Promise<Buffer>
  /**
   * Seals all that lie unsealed, or under another than the first key that the operator gives. One that cannot be opened is
   * left and told.
   */
  rewrap(log: Logger): Promise<void>
}

/** @param ring absent where the operator gives no key: they lie in the clear then. */
export function createFarmKeys(db: Pool, ring: KeyRing | undefined): FarmKeys {
  return {
    ensure: async (name, fresh) =>
      open(ring, name, await ensureFarmKey(db, name, wrap(ring, name, fresh))),
    rewrap: async (log) => {
      if (ring === undefined) return
      for (const { name, ...old } of await readFarmKeysNotBy(db, ring.current)) {
        try {
          await replaceFarmKey(db, name, old, wrap(ring, name, open(ring, name, old)))
        } catch (err) {
          log.error({ err, key: name }, 'key of the farm cannot be opened')
        }
      }
    },
  }
}

/** No project has such a name. */
const placeOf = (name: string) => `the farm (${name})`

function wrap(ring: KeyRing | undefined, name: string, key: Uint8Array): FarmKey {
  if (ring === undefined) return { key: Buffer.from(key), wrappedBy: null }
  const { wrapped, wrappedBy } = ring.wrap(placeOf(name), key)
  return { key: Buffer.from(wrapped), wrappedBy }
}

function open(ring: KeyRing | undefined, name: string, { key, wrappedBy }: FarmKey): Buffer {
  if (wrappedBy === null) return key
  if (ring === undefined) {
    throw new Error(
      `the key ${name} of the farm lies under ${wrappedBy}: KILN_SECRETS_KEY is not set`,
    )
  }
  return ring.unwrap(placeOf(name), { wrapped: key, wrappedBy })
}
