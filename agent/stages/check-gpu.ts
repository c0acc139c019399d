import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { type Fault, fault, reasonCode } from '../cuda/fault.ts'
import type { KeptGpus } from '../inventory/gpus/keep-gpus.ts'

const mebibyte = 1024 ** 2

/**
 * Looks at a GPU before an image is given to it. @returns what keeps it from being used, if anything; `GPU_LEFTOVER` when
 * something of the farm's own still runs there.
 */
export async function checkGpu(
  gpus: Pick<KeptGpus, 'look'>,
  { uuid }: Pick<LeasedGpu, 'uuid'>,
  minFreeMib: number,
): Promise<Fault | undefined> {
  const now = await gpus.look()
  const isIt = (gpu: (typeof now.gpus)[number]) =>
    gpu.uuid === uuid || (gpu.migs ?? []).some((mig) => mig.uuid === uuid)
  const gpu = now.gpus.find(isIt)
  if (gpu === undefined) {
    const broken = now.faulty.find(isIt)?.uuid ?? uuid
    const found = now.findings.find((one) => one.gpu === broken && one.severity === 'error')
    if (found === undefined) return fault('GPU_LOST', { uuid })
    return fault(reasonCode(found.code), found.params, 'node')
  }
  if (now.occupied === undefined) return fault('GPU_PROCESSES_UNKNOWN', { uuid })
  if (now.occupied.includes(uuid)) return fault('GPU_LEFTOVER', { uuid })
  const free = (gpu.free_bytes ?? Number.POSITIVE_INFINITY) / mebibyte
  // A MIG instance has memory of its own, which is not told here: the probe looks at it.
  if (gpu.uuid !== uuid || free >= minFreeMib) return undefined
  return fault('GPU_MEMORY_LOW', { free: Math.floor(free), want: minFreeMib })
}
