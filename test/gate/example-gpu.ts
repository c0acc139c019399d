import type { Gpu } from '#contract/node.ts'

const gib = 1024 ** 3

/** A card as a node reports it, but for what a test changes. */
export function exampleGpu(uuid: string, change: Partial<Gpu> = {}): Gpu {
  return {
    uuid,
    name: 'NVIDIA A100-SXM4-40GB',
    driver: '580.65.06',
    capability: '8.0',
    memory_bytes: 40 * gib,
    ...change,
  }
}
