import { createHash } from 'node:crypto'
import type { WrappedKey } from '../../records/project-keys.ts'
import { open, seal } from './seal.ts'

/** The keys that data keys are wrapped under. They come from the operator and are never stored by Kiln. */
export interface KeyRing {
  /** Id of the key that wraps. */
  readonly current: string
  wrap(project: string, key: Uint8Array): WrappedKey
  /** @throws when no key of the ring has wrapped it. */
  unwrap(project: string, wrapped: WrappedKey): Buffer
}

/** The first key wraps; the others only open what they have wrapped before. @throws when there is none. */
export function createKeyRing(keys: readonly Uint8Array[]): KeyRing {
  const [first] = keys
  if (first === undefined) throw new Error('the key ring is empty')
  const byId = new Map(keys.map((key) => [idOf(key), key]))
  const current = idOf(first)
  return {
    current,
    wrap: (project, key) => ({
      wrappedBy: current,
      wrapped: seal(first, key, boundTo(project, current)),
    }),
    unwrap: (project, { wrappedBy, wrapped }) => {
      const outer = byId.get(wrappedBy)
      if (outer === undefined) {
        throw new Error(`the data key of ${project} is wrapped by ${wrappedBy}, which is not given`)
      }
      return open(outer, wrapped, boundTo(project, wrappedBy))
    },
  }
}

/** Tells keys apart without telling anything about them: they are random, so a hash cannot be turned back. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('kiln key id ').update(key).digest('hex').slice(0, 16)
}

function boundTo(project: string, keyId: string): string {
  return `data key|${project}|${keyId}`
}
