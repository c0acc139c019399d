import type { Inventory } from '#contract/node.ts'
import { gpus as models } from '../cuda/tables/gpus.ts'

export interface DeclaredGpus {
  /** As nvidia-smi would print it. */
  readonly name: string
  readonly capability: string
  readonly memoryGb: number
  readonly count: number
}

const driver = '580.65.06'
const gib = 1024 ** 3

/** Reads `H100 x8`: a part of the name of a card, and how many. `undefined` where no such card is known. Pure. */
export function readGpus(text: string): DeclaredGpus | undefined {
  const [, part = '', times = '1'] = /^(.+?)(?:\s*[x×]\s*(\d{1,2}))?$/i.exec(text.trim()) ?? []
  const model = models.find(({ name }) => name.toLowerCase().includes(part.toLowerCase()))
  const count = Number(times)
  if (part === '' || model === undefined || count < 1 || count > 64) return undefined
  const { name, capability, memoryGb } = model
  return { name, capability, memoryGb, count }
}

/** What a simulated node says that it has: each part of it is called simulated. Pure. */
export function declareInventory(name: string, gpus: DeclaredGpus | undefined): Inventory {
  return {
    simulated: true,
    host: { hostname: name, os: 'simulated', kernel: 'simulated', arch: 'x64' },
    cpu: { model: 'simulated', cores: 64 },
    memory_bytes: 512 * gib,
    disk: { total_bytes: 2048 * gib, free_bytes: 1024 * gib },
    buildkit: { version: 'simulated', platforms: ['linux/amd64'], devices: [] },
    environments: false,
    gpus: Array.from({ length: gpus?.count ?? 0 }, (_, index) => ({
      uuid: `GPU-simulated-${name}-${index}`,
      name: gpus?.name ?? '',
      driver,
      memory_bytes: (gpus?.memoryGb ?? 0) * gib,
      ...(gpus && { capability: gpus.capability }),
      simulated: true,
    })),
  }
}
