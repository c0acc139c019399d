import { randomBytes } from 'node:crypto'
import { keepOnce } from '#contract/keep-once.ts'
import type { FarmKeys } from '../secrets/farm-keys.ts'
import { createPortAddresses, type PortAddresses } from './port-address.ts'

/** How browsers get to the ports of environments. */
export interface Ports {
  readonly addresses: PortAddresses
  /** Passes are made with it; all servers of the farm have the same. */
  readonly key: () => Promise<Uint8Array>
}

/** @param pattern where ports have their hosts; without one browsers get to none. */
export function createPorts(
  farmKeys: Pick<FarmKeys, 'ensure'>,
  pattern: string | undefined,
): Ports | undefined {
  if (pattern === undefined) return undefined
  return {
    addresses: createPortAddresses(pattern),
    key: keepOnce(async () => farmKeys.ensure('ports', randomBytes(32))),
  }
}
