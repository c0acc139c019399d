import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GpuLost } from './lease-gpu.ts'
import { takeGpuLock } from './take-gpu-lock.ts'
import { Unverified } from './unverified.ts'

const gpu = { uuid: 'GPU-1f' }
const never = new AbortController().signal
const log = { remark: () => undefined }

let folder: string
let held: AsyncDisposable
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-gpu-lock-'))
  held = await takeGpuLock(folder, { signal: never, log }, { gpu, lost: never })
})
afterAll(async () => {
  await held[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

it('is a failure of the GPU when somebody else does not let go of it', async () => {
  const taking = takeGpuLock(folder, { signal: never, log }, { gpu, lost: never }, 0)
  const error = await taking.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Unverified)
  expect(error).toMatchObject({ failure: { code: 'gpu_failed' } })
})

it('says that the GPU was lost while it waited', async () => {
  const lost = new AbortController()
  const remark = () => lost.abort(new GpuLost(gpu.uuid))
  const signal = AbortSignal.any([never, lost.signal])
  const taking = takeGpuLock(folder, { signal, log: { remark } }, { gpu, lost: lost.signal })
  await expect(taking).rejects.toBeInstanceOf(GpuLost)
})

it('ends with the reason for which the stage is stopped', async () => {
  const stop = new AbortController()
  const remark = () => stop.abort(new Error('enough'))
  const job = { signal: stop.signal, log: { remark } }
  await expect(takeGpuLock(folder, job, { gpu, lost: never })).rejects.toThrow('enough')
})
