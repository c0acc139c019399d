import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EnvironmentRef } from '#contract/environment.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import { ControlPlaneError } from '../control-plane.ts'
import { type ContainerSettings, ranOutOfMemory } from './container.ts'
import type { EnvironmentControl } from './environment-control.ts'
import { limitLog } from './log-file.ts'
import type { EnvironmentPaths } from './environment-paths.ts'
import type { EnvironmentRecord } from './environment-record.ts'
import { readExit } from './runc.ts'

export interface WatchDeps {
  readonly controlPlane: Pick<EnvironmentControl, 'tellEnvironment'>
  readonly container: ContainerSettings
  readonly random: () => number
  readonly log: Logger
}

const pollMs = 250
/** Looks at the file between two looks at the container itself. */
const looks = 40
const pauses = { firstMs: 500, maxMs: 15_000 }

/** Waits for the end of a program and tells it, until that is heard or nobody needs to hear it any more. */
export function watchEnd(
  deps: WatchDeps,
  record: EnvironmentRecord,
  paths: EnvironmentPaths,
): AbortController {
  const stop = new AbortController()
  const { signal } = stop
  const ref = { environmentId: record.environment_id, start: record.start }
  const watch = async () => {
    const code = await waitForEnd(deps, ref, paths, signal)
    await tellEnd(deps, ref, code, signal)
  }
  watch().catch((err: unknown) => {
    if (!signal.aborted) deps.log.warn({ err, ...ref }, 'environment')
  })
  return stop
}

/** @returns the exit code; `undefined` when whoever was to write it down is gone as well. */
async function waitForEnd(
  { container, log }: WatchDeps,
  { environmentId }: EnvironmentRef,
  paths: EnvironmentPaths,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (let round = 0; ; round += 1) {
    const code = await readExit(paths)
    if (code !== undefined) return code
    const isLook = round % looks === 0
    // Each time: a program may print gigabytes between two looks.
    await limitLog(paths.log).catch((err: unknown) => log.warn({ err, environmentId }, 'log'))
    if (isLook && !isAlive(await container.runc.status(environmentId))) {
      // It may just have ended.
      await sleep(pollMs * 4, undefined, { signal })
      return readExit(paths)
    }
    await sleep(pollMs, undefined, { signal })
  }
}

/** One that is paused goes on. */
function isAlive(status: string | undefined): boolean {
  return status === 'running' || status === 'paused'
}

async function tellEnd(
  { controlPlane, container, random, log }: WatchDeps,
  ref: EnvironmentRef,
  code: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const told = {
    state: 'ended' as const,
    ...(code !== undefined && { exit_code: code }),
    out_of_memory: await ranOutOfMemory(container.scope, ref.environmentId),
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await controlPlane.tellEnvironment(ref, told)
    } catch (err) {
      const { status = 503 } = err instanceof ControlPlaneError ? err : {}
      // Refused: there is a later start, or it has ended for the server already.
      if (status < 500 && status !== 429) return
      log.warn({ err, ...ref }, 'end of an environment')
      await sleep(pauseAfter(pauses, tries, random()), undefined, { signal })
    }
  }
}
