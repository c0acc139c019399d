import type { Gpu } from '#contract/node.ts'
import type { NodeGpus } from './read-gpus.ts'

/** The node's GPUs as they were last read. */
export interface KeptGpus {
  /** Reads them when that has not been done. */
  current(): Promise<NodeGpus>
  /** Reads them now. */
  look(): Promise<NodeGpus>
  /** Reads them. @returns whether there is something new since it was last asked, which the farm should know. */
  refresh(how: { readonly full: boolean }): Promise<boolean>
}

export function keepGpus(read: (how: { readonly full: boolean }) => Promise<NodeGpus>): KeptGpus {
  let kept: NodeGpus | undefined
  let hasNews = false
  const readNow = async (full: boolean): Promise<NodeGpus> => {
    const before = kept
    const now = await read({ full })
    hasNews ||= before !== undefined && essence(before) !== essence(now)
    kept = now
    return now
  }
  return {
    current: async () => kept ?? readNow(true),
    look: async () => readNow(false),
    refresh: async ({ full }) => {
      const isFirst = kept === undefined
      await readNow(full)
      const news = hasNews || isFirst
      hasNews = false
      return news
    },
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
