import { join } from 'node:path'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { takeFileLock } from '../../process/file-lock.ts'
import type { StageJob } from './run-stage.ts'
import { Unverified } from './unverified.ts'

/**
 * Takes the lock of a leased GPU, which all agents of this machine share. @throws the reason of the lease or the job that
 * has ended meanwhile; Unverified when the lock cannot be had within `limitMs`.
 */
export async function takeGpuLock(
  folder: string,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Pick<StageJob['log'], 'remark'> },
  { gpu, lost }: { readonly gpu: Pick<LeasedGpu, 'uuid'>; readonly lost: AbortSignal },
  limitMs = 60_000,
): Promise<AsyncDisposable> {
  const onWait = (pid: number) => log.remark(`waiting for GPU ${gpu.uuid}: process ${pid} holds it`)
  try {
    return await takeFileLock(join(folder, gpu.uuid), { limitMs, signal, onWait })
  } catch (cause) {
    // A wait that was stopped does not end with the reason of its signal.
    lost.throwIfAborted()
    signal.throwIfAborted()
    const message = `the lock of GPU ${gpu.uuid} could not be had on its node`
    throw new Unverified({ code: 'gpu_failed', message }, { cause })
  }
}
