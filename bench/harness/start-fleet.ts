import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { createNewId } from '#contract/id.ts'
import { type FleetOptions, runFleet } from '../../fleet/fleet.ts'
import type { Farm } from '../../test/farm.ts'

export interface Fleet extends AsyncDisposable {
  /** Ids of the nodes. */
  readonly nodes: ReadonlySet<string>
  /** When a node was given the first stage of a build, by `performance.now()`. */
  given(buildId: string): Promise<number>
}

const limitMs = 60_000

/** The environment of a farm that lets such nodes in. */
export const fleetEnvironment = { KILN_ALLOW_SIMULATED_NODES: 'true' }

/** Simulated nodes in this process. @returns once all of them have joined. */
export async function startFleet(
  farm: Farm,
  options: Pick<FleetOptions, 'nodes' | 'prefix' | 'slots'>,
): Promise<Fleet> {
  const stop = new AbortController()
  const nodes = new Set<string>()
  const waiting = new Map<string, (at: number) => void>()
  const deps = {
    newId: createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    random: Math.random,
    log: pino({ level: 'error' }),
    onJoined: (nodeId: string) => void nodes.add(nodeId),
    onTask: (_: string, { activity, argument }: { activity: string; argument: unknown }) => {
      if (activity !== 'buildImage') return
      const { buildId } = argument as { buildId: string }
      waiting.get(buildId)?.(performance.now())
    },
  }
  const running = runFleet(
    deps,
    {
      ...options,
      server: new URL(farm.url),
      gateway: farm.gateway,
      door: undefined,
      namespace: farm.temporal.namespace,
      buildMs: 0,
      gpus: undefined,
      operatorToken: undefined,
    },
    stop.signal,
  )
  running.catch(() => undefined)
  while (nodes.size < options.nodes) await Promise.race([running, sleep(100)])
  return {
    nodes,
    given: async (buildId) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      const timer = setTimeout(() => reject(new Error(`${buildId} was given to nobody`)), limitMs)
      waiting.set(buildId, resolve)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        waiting.delete(buildId)
      }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
}
