import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { NodeFinding } from '#contract/node.ts'
import { nodeFinding } from './finding.ts'
import type { GpuHost } from './host.ts'

const edits = z.object({
  mounts: z.array(z.object({ hostPath: z.string(), containerPath: z.string() })).default([]),
  deviceNodes: z.array(z.object({ path: z.string(), hostPath: z.string().optional() })).default([]),
})
const specification = z.object({
  kind: z.string(),
  devices: z.array(z.object({ name: z.string(), containerEdits: edits.optional() })),
  containerEdits: edits.optional(),
})

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
}

const kind = 'nvidia.com/gpu'

/** Reads every specification of GPUs in the folders. One that is broken counts as none: the daemon skips it too. */
export async function readCdiGpus({ cdiDirs }: Pick<GpuHost, 'cdiDirs'>): Promise<CdiGpus> {
  const texts = await Promise.all(cdiDirs.map(readFolder))
  const specs = texts.flat().flatMap((text) => parseSpecification(text) ?? [])
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
    devices: specs.flatMap(({ devices }) => devices.map(({ name }) => `${kind}=${name}`)),
    libcuda: [...new Set(libraries.map(({ containerPath }) => containerPath))],
    driver: /\.so\.(\d+(?:\.\d+)+)$/.exec(libraries[0]?.hostPath ?? '')?.[1],
    missing: await absent([...new Set(paths)]),
  }
}

/** @returns a specification of NVIDIA's GPUs, and nothing for any other text. JSON is YAML too. */
function parseSpecification(text: string): z.infer<typeof specification> | undefined {
  try {
    const { data } = specification.safeParse(parse(text))
    return data?.kind === kind ? data : undefined
  } catch {
    return undefined
  }
}

/** @param driver that is loaded, where it is known. */
export function judgeCdi(cdi: CdiGpus, driver: string | undefined): readonly NodeFinding[] {
  if (cdi.devices.length === 0) return [nodeFinding('CDI_SPEC_MISSING')]
  const isOther = driver !== undefined && cdi.driver !== undefined && cdi.driver !== driver
  if (!isOther && cdi.missing.length === 0) return []
  const missing = cdi.missing.slice(0, 5).join(', ')
  const params = { spec: cdi.driver ?? '', driver: driver ?? '', missing }
  return [nodeFinding('CDI_SPEC_STALE', params)]
}

async function readFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  const specs = names.filter((name) => /\.(json|ya?ml)$/.test(name))
  return Promise.all(
    specs.map(async (name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  )
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
