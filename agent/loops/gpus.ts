import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ControlPlaneError } from '../control-plane.ts'
import type { KeptGpus } from '../inventory/gpus/keep-gpus.ts'

export interface GpuLoopDeps {
  readonly gpus: Pick<KeptGpus, 'refresh' | 'current' | 'unchanged'>
  /** UUIDs of GPUs that are held because something was left on them. */
  readonly leftovers: Set<string>
  readonly reportClean: (uuid: string) => Promise<void>
  readonly log: Logger
  readonly random: () => number
  /** Tells the farm what the node has now. */
  readonly register: () => Promise<void>
}

const hourMs = 60 * 60_000

/**
 * Looks at the GPUs again and again, and thoroughly each hour or so, until the signal aborts. What is new is told at once,
 * whoever found it.
 */
export async function watchGpus(
  deps: GpuLoopDeps,
  { everyMs, thoroughMs = hourMs }: { readonly everyMs: number; readonly thoroughMs?: number },
  signal: AbortSignal,
): Promise<void> {
  const { gpus, log, random, register } = deps
  const fullEvery = Math.max(1, Math.round(thoroughMs / everyMs))
  let untold = false
  for (let round = 1; ; round++) {
    const waking = AbortSignal.any([signal, gpus.unchanged()])
    await sleep(everyMs * (0.9 + random() / 5), undefined, { signal: waking }).catch(
      () => undefined,
    )
    if (signal.aborted) return
    try {
      untold = (await gpus.refresh({ full: round % fullEvery === 0 })) || untold
      if (untold) await register()
      untold = false
      await reportClean(deps)
    } catch (err) {
      log.warn({ err }, 'GPUs')
    }
  }
}

/** Tells of each GPU on which nothing is left any more, so that it is given away again. What nobody knows is not told. */
async function reportClean({ gpus, leftovers, reportClean: report }: GpuLoopDeps): Promise<void> {
  if (leftovers.size === 0) return
  const { occupied, ...known } = await gpus.current()
  if (occupied === undefined) return
  const cards = [...known.gpus, ...known.faulty]
  for (const uuid of leftovers) {
    // The driver tells of a process which card it runs on, and not on which instance of it.
    const card = cards.find(({ migs = [] }) => migs.some((mig) => mig.uuid === uuid))
    if (occupied.includes(card?.uuid ?? uuid)) continue
    await report(uuid).catch(unlessUnknown)
    leftovers.delete(uuid)
  }
}

/** The server may hold it no longer. */
function unlessUnknown(error: unknown): void {
  if (!(error instanceof ControlPlaneError) || error.status !== 404) throw error
}
