import { setTimeout as sleep } from 'node:timers/promises'
import { createKilnClient } from '../client/client.ts'
import { holdAuthority } from '../agent/joining/authority.ts'
import { ServerError } from '../client/server-error.ts'
import {
  runSimulatedNode,
  type SimulatedNodeDeps,
  type SimulatedNodeOptions,
} from './simulated-node.ts'

export interface FleetOptions extends Omit<SimulatedNodeOptions, 'name' | 'token'> {
  readonly nodes: number
  /** Names begin so. */
  readonly prefix: string
  /** Where an operator is heard. */
  readonly server: URL
  /** Where the farm serves nodes by TLS; the server and its gateway, in the clear, when absent. */
  readonly door: URL | undefined
  /** Of an operator, who lets the nodes in. */
  readonly operatorToken: string | undefined
}

/** Nodes that join at once: no farm lets a thousand in at the same moment. */
const joiningAtOnce = 16
const retryMs = 1_000
const maxRounds = 60

/**
 * Runs so many simulated nodes until the signal aborts. Each joins with a token of its own.
 * @throws AggregateError when some of them ended before that.
 */
export async function runFleet(
  deps: Omit<SimulatedNodeDeps, 'authority'>,
  { nodes, prefix, operatorToken, server, door = server, ...options }: FleetOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = createKilnClient({ server, token: operatorToken, fetch })
  const width = String(nodes).length
  // One for all of them, as they are all of one farm.
  const authority = holdAuthority(undefined, async () => undefined)
  const lives: Promise<void>[] = []
  let next = 1
  const admit = async () => {
    while (next <= nodes && !signal.aborted) {
      const name = `${prefix}-${String(next).padStart(width, '0')}`
      next += 1
      const token = await makeToken(client, signal)
      const { promise: joined, resolve } = Promise.withResolvers<void>()
      const onJoined = (nodeId: string) => {
        deps.onJoined(nodeId)
        resolve()
      }
      const own = { ...options, server: door, name, token }
      const life = runSimulatedNode({ ...deps, authority, onJoined }, own, signal)
      lives.push(life)
      await Promise.race([joined, life.catch(() => undefined)])
    }
  }
  await Promise.all(Array.from({ length: joiningAtOnce }, admit)).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  const ended = await Promise.allSettled(lives)
  const failed = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (failed.length > 0 && !signal.aborted) throw new AggregateError(failed, 'nodes have ended')
}

/** Who asks too often is told so, or has no answer in time, and asks again. */
async function makeToken(
  client: ReturnType<typeof createKilnClient>,
  signal: AbortSignal,
): Promise<string> {
  for (let round = 1; ; round += 1) {
    try {
      return (await client.nodes.makeToken(undefined)).token
    } catch (error) {
      const isWorthIt = error instanceof ServerError && (error.status ?? 429) === 429
      if (!isWorthIt || round === maxRounds) throw error
      await sleep(retryMs, undefined, { signal })
    }
  }
}
