import type { Logger } from 'pino'
import { rest } from '../../process/rest.ts'
import type { EnvironmentControl } from '../environments/environment-control.ts'
import type { Environments } from '../environments/environments.ts'

interface EnvironmentLoopDeps {
  readonly controlPlane: Pick<EnvironmentControl, 'reconcileEnvironments'>
  readonly environments: Pick<Environments, 'list' | 'apply' | 'wantImage'>
  readonly log: Logger
  readonly random: () => number
}

/** Tells what this node has of environments, and ends and removes what is not to be here, until the signal aborts. */
export async function reconcileEnvironments(
  { controlPlane, environments, log, random }: EnvironmentLoopDeps,
  nodeId: string,
  signal: AbortSignal,
  everyMs = 3_000,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const has = environments.list()
      const wanted = await controlPlane.reconcileEnvironments(nodeId, has)
      environments.wantImage(nodeId, wanted.image)
      await environments.apply(wanted)
    } catch (err) {
      log.warn({ err }, 'environments')
    }
    await rest(everyMs * (0.9 + random() / 5), signal)
  }
}
