import { existsSync } from 'node:fs'
import { ProcessError, run } from '../../../process/run.ts'
import type { CdiSpec, NvidiaTools } from './simulated-node.ts'

const limitMs = 60_000
const environment = process.env

/** UUIDs of what this machine's real driver can give: MIG instances, else GPUs. None where there is no driver. */
export async function findRealGpus(): Promise<readonly string[]> {
  if (!existsSync('/dev/nvidiactl')) return []
  try {
    const { stdout } = await run('nvidia-smi', ['-L'], { limitMs, environment })
    if (stdout.includes('(simulated)')) return []
    const uuids = [...stdout.matchAll(/\(UUID: ((?:GPU|MIG)-[^)]+)\)/g)].map(
      ([, uuid]) => uuid ?? '',
    )
    const instances = uuids.filter((uuid) => uuid.startsWith('MIG-'))
    return instances.length > 0 ? instances : uuids
  } catch (error) {
    if (error instanceof ProcessError) return []
    throw error
  }
}

/** This machine's GPUs, as nvidia-ctk describes them to containers. */
export async function describeRealNode({ ctk, hook }: NvidiaTools): Promise<{
  readonly spec: CdiSpec
  /** Where containers have the driver's library. */
  readonly libcuda: string
}> {
  const generate = ['--quiet', 'cdi', 'generate', '--mode=nvml', '--format=json']
  const where = `--nvidia-cdi-hook-path=${hook}`
  const { stdout } = await run(ctk, [...generate, where], {
    limitMs,
    environment,
    maxOutput: 1024 ** 2,
  })
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const spec = JSON.parse(stdout) as CdiSpec
  const paths = (spec.containerEdits.mounts ?? []).map(({ containerPath }) => containerPath)
  return { spec, libcuda: paths.find((path) => /\/libcuda\.so\.[\d.]+$/.test(path)) ?? '' }
}
