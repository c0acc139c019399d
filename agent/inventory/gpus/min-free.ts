import type { Gpu } from '#contract/node.ts'

/** Memory that must be free on a GPU for the probes. */
export const minFreeMib = 512

const mebibyte = 1024 ** 2

/** Whether so much is free; what nobody knows is taken for it. */
export function hasMinFree({ free_bytes: free }: Pick<Gpu, 'free_bytes'>): boolean {
  return free === undefined || free >= minFreeMib * mebibyte
}
