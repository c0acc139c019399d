import { expect, it } from 'vitest'
import { noGpus } from '../inventory/gpus/read-gpus.ts'
import { checkGpu } from './check-gpu.ts'

const gpu = {
  uuid: 'GPU-1f',
  name: 'A100',
  driver: '580.65.06',
  memory_bytes: 8192 * 1024 ** 2,
  free_bytes: 8192 * 1024 ** 2,
}

/** What keeps an image from the GPU when steps run on these. */
const check = async (occupied?: readonly string[]) =>
  checkGpu(
    { look: async () => ({ ...noGpus, gpus: [gpu], ...(occupied && { occupied }) }) },
    gpu,
    512,
  )

it('gives a GPU to an image only when it is known that nothing of the farm runs there', async () => {
  expect(await check([])).toBeUndefined()
  expect(await check([gpu.uuid])).toMatchObject({ code: 'GPU_LEFTOVER', owner: 'node' })
  expect(await check()).toMatchObject({ code: 'GPU_PROCESSES_UNKNOWN', owner: 'node' })
})
