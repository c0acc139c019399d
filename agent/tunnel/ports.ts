import type { Socket } from 'node:net'
import type { EnvironmentRef } from '#contract/environment.ts'
import { type Connector, connectIn } from '../network/connect-in.ts'
import { networkNames } from '../network/open-network.ts'

/** The ports of environments, on loopback of their own networks. */
export interface Ports extends Disposable {
  /** @throws when nothing listens there. */
  connect(ref: EnvironmentRef, port: number): Promise<Socket>
}

/** How long a helper is kept that nobody uses. */
const idleMs = 30_000

interface Kept {
  readonly connector: Connector
  users: number
  timer?: NodeJS.Timeout
}

/** @param scope of the environments of this agent. */
export function createPorts(scope: string): Ports {
  const kept = new Map<string, Kept>()
  const open = (key: string, id: string): Kept => {
    const namespace = `${networkNames(scope).namespace}${id}`
    const made: Kept = {
      users: 0,
      connector: connectIn(namespace, () => {
        clearTimeout(made.timer)
        if (kept.get(key) === made) kept.delete(key)
      }),
    }
    kept.set(key, made)
    return made
  }
  return {
    connect: async ({ environmentId, start }, port) => {
      // The network of each start is another one.
      const key = `${environmentId} ${start}`
      const entry = kept.get(key) ?? open(key, environmentId)
      entry.users += 1
      clearTimeout(entry.timer)
      try {
        return await entry.connector.connect(port)
      } finally {
        entry.users -= 1
        if (entry.users === 0) {
          entry.timer = setTimeout(() => entry.connector[Symbol.dispose](), idleMs)
        }
      }
    },
    [Symbol.dispose]: () => {
      for (const { connector } of kept.values()) connector[Symbol.dispose]()
    },
  }
}
