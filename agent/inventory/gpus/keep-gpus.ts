import type { Gpu } from '#contract/node.ts'
import { type NodeGpus, noGpus } from './read-gpus.ts'

/** The node's GPUs as they were last read. */
export interface KeptGpus {
  /** Reads them when that has not been done. */
  current(): Promise<NodeGpus>
  /** @returns whether there is something new that the farm should know. */
  refresh(how: { readonly full: boolean }): Promise<boolean>
}

export function keepGpus(read: (how: { readonly full: boolean }) => Promise<NodeGpus>): KeptGpus {
  let kept: NodeGpus | undefined
  const refresh: KeptGpus['refresh'] = async (how) => {
    const before = kept
    kept = await read(how)
    return before === undefined || essence(before) !== essence(kept)
  }
  return {
    current: async () => {
      if (kept === undefined) await refresh({ full: true })
      return kept ?? noGpus
    },
    refresh,
  }
}

function lasting(gpu: Gpu): Gpu {
  return { ...gpu, free_bytes: 0 }
}

/** Without figures that go up and down: they alone are no news. */
function essence({ gpus, faulty, findings }: NodeGpus): string {
  return JSON.stringify([
    gpus.map(lasting),
    faulty.map(lasting),
    findings.map(({ code, gpu, severity }) => [code, gpu, severity]),
  ])
}
