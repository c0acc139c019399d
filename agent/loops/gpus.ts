import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { KeptGpus } from '../inventory/gpus/keep-gpus.ts'

export interface GpuLoopDeps {
  readonly gpus: Pick<KeptGpus, 'refresh'>
  readonly log: Logger
  readonly random: () => number
  /** Tells the farm what the node has now. */
  readonly register: () => Promise<void>
}

const minuteMs = 60_000
const fullEvery = 60

/** Looks at the GPUs each minute, and each hour thoroughly, until the signal aborts. What is new is told at once. */
export async function watchGpus(
  { gpus, log, random, register }: GpuLoopDeps,
  signal: AbortSignal,
  everyMs = minuteMs,
): Promise<void> {
  let untold = false
  for (let round = 1; ; round++) {
    await sleep(everyMs * (0.9 + random() / 5), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      untold = (await gpus.refresh({ full: round % fullEvery === 0 })) || untold
      if (untold) await register()
      untold = false
    } catch (err) {
      log.warn({ err }, 'GPUs')
    }
  }
}
