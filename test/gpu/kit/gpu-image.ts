import type { TarEntry } from 'modern-tar'
import { createClient, type Submission } from '../../client.ts'
import { file, glibcRoot, pack } from './glibc-root.ts'
import type { SimulatedFarm } from './simulated-farm.ts'

export interface GpuImage {
  /** Beside the smallest root in which the probe starts. */
  readonly entries?: readonly TarEntry[]
  readonly lines?: readonly string[]
}

const runtime = '/usr/local/cuda/lib64/libcudart.so.12.4.127'

/** What is submitted for an image that looks as if it were made for CUDA 12.4: its root is the context. */
export async function gpuImage(
  { url, tools }: Pick<SimulatedFarm, 'url' | 'tools'>,
  { entries = [], lines = [] }: GpuImage = {},
): Promise<Pick<Submission, 'dockerfile' | 'context'>> {
  const root = [
    ...(await glibcRoot(tools.probe)),
    file(runtime, 0o755, Buffer.from('stands for a library')),
    ...entries,
  ]
  const reply = await createClient(url).upload(new Uint8Array(await pack(root)))
  const { context } = (await reply.json()) as { context: string }
  return { dockerfile: ['FROM scratch', 'COPY . /', ...lines, ''].join('\n'), context }
}
