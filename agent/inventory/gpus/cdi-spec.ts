import { access } from 'node:fs/promises'
import type { NodeFinding } from '#contract/node.ts'
import { gpuKind, readGpuSpecs } from '../../daemon/cdi-files.ts'
import { gpuFinding, nodeFinding } from './finding.ts'
import type { GpuHost } from './host.ts'

/** What the CDI specifications of a node say of its GPUs. */
export interface CdiGpus {
  /** Full names such as `nvidia.com/gpu=GPU-…`. */
  readonly devices: readonly string[]
  /** Paths in containers of the driver's libcuda. */
  readonly libcuda: readonly string[]
  /** Of that library's file. */
  readonly driver: string | undefined
  /** Files and devices that are named and do not exist. */
  readonly missing: readonly string[]
  /** Files that seem to be meant for GPUs and are no specification. */
  readonly broken: readonly string[]
}

/** Reads every specification of GPUs in the folders. */
export async function readCdiGpus({ cdiDirs }: Pick<GpuHost, 'cdiDirs'>): Promise<CdiGpus> {
  const files = await readGpuSpecs(cdiDirs)
  const specs = files.flatMap(({ spec }) => spec ?? [])
  const all = specs.flatMap(({ containerEdits, devices }) => [
    ...(containerEdits ? [containerEdits] : []),
    ...devices.flatMap((device) => device.containerEdits ?? []),
  ])
  const libraries = all.flatMap(({ mounts }) =>
    mounts.filter(({ containerPath }) => /\/libcuda\.so\.[\d.]+$/.test(containerPath)),
  )
  const paths = all.flatMap(({ mounts, deviceNodes }) => [
    ...mounts.map(({ hostPath }) => hostPath),
    ...deviceNodes.map(({ path, hostPath }) => hostPath ?? path),
  ])
  return {
    devices: specs.flatMap(({ devices }) => devices.map(({ name }) => `${gpuKind}=${name}`)),
    libcuda: [...new Set(libraries.map(({ containerPath }) => containerPath))],
    driver: /\.so\.(\d+(?:\.\d+)+)$/.exec(libraries[0]?.hostPath ?? '')?.[1],
    missing: await absent([...new Set(paths)]),
    broken: files.flatMap(({ path, spec }) => (spec === undefined ? [path] : [])),
  }
}

/**
 * What is wrong with the specifications. A GPU that none of them names by its UUID can be given to nobody.
 * @param gpus UUIDs of what is to be given away, by the card: itself, or its instances.
 * @param driver that is loaded, where it is known.
 */
export function judgeCdi(
  cdi: CdiGpus,
  gpus: ReadonlyMap<string, readonly string[]>,
  driver: string | undefined,
): readonly NodeFinding[] {
  const broken = cdi.broken.map((path) => nodeFinding('CDI_SPEC_BROKEN', { path }))
  const unnamed = [...gpus].flatMap(([card, uuids]) => {
    const device = uuids.find((uuid) => !cdi.devices.includes(`${gpuKind}=${uuid}`))
    return device === undefined ? [] : [gpuFinding(card, 'CDI_DEVICE_MISSING', { device })]
  })
  if (cdi.devices.length === 0) return [...broken, nodeFinding('CDI_SPEC_MISSING'), ...unnamed]
  return [...broken, ...judgeStale(cdi, driver), ...unnamed]
}

function judgeStale(cdi: CdiGpus, driver: string | undefined): readonly NodeFinding[] {
  const isOther = driver !== undefined && cdi.driver !== undefined && cdi.driver !== driver
  if (!isOther && cdi.missing.length === 0) return []
  const missing = cdi.missing.slice(0, 5).join(', ')
  return [nodeFinding('CDI_SPEC_STALE', { spec: cdi.driver ?? '', driver: driver ?? '', missing })]
}

async function absent(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map(async (path) =>
      access(path).then(
        () => [],
        () => [path],
      ),
    ),
  )
  return found.flat()
}
