import type { Gpu } from '#contract/node.ts'
import { hasMinFree } from './min-free.ts'
import type { NodeGpus } from './read-gpus.ts'

/** The node's GPUs as they were last read. */
export interface KeptGpus {
  /** Reads them when that has not been done. */
  current(): Promise<NodeGpus>
  /** Reads them now. */
  look(): Promise<NodeGpus>
  /** Reads them. @returns whether there is something new since it was last asked, which the farm should know. */
  refresh(how: { readonly full: boolean }): Promise<boolean>
  /** Aborts as soon as there is something new that `refresh` has not told. */
  unchanged(): AbortSignal
}

export function keepGpus(read: (how: { readonly full: boolean }) => Promise<NodeGpus>): KeptGpus {
  let kept: NodeGpus | undefined
  let hasNews = false
  let unchanged = new AbortController()
  const readNow = async (full: boolean): Promise<NodeGpus> => {
    const now = await read({ full })
    // Somebody else may have looked meanwhile: what they found is what the farm knows, or is going to.
    hasNews ||= kept !== undefined && essence(kept) !== essence(now)
    kept = now
    if (hasNews) unchanged.abort()
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
      if (unchanged.signal.aborted) unchanged = new AbortController()
      return news
    },
    unchanged: () => unchanged.signal,
  }
}

/** How much memory is free is no news; whether it is enough decides who gets the GPU. */
function lasting(gpu: Gpu) {
  return { ...gpu, free_bytes: hasMinFree(gpu) }
}

/** Without figures that go up and down: they alone are no news. */
function essence({ gpus, faulty, findings }: NodeGpus): string {
  return JSON.stringify([
    gpus.map(lasting),
    faulty.map(lasting),
    findings.map(({ code, gpu, severity }) => [code, gpu, severity]),
  ])
}
