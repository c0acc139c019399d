import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EnvironmentPaths } from '../environments/environment-paths.ts'
import { volumesNote } from '../environments/runtime-spec.ts'

const spec = z.object({
  mounts: z.array(z.object({ destination: z.string(), type: z.string(), source: z.string() })),
  annotations: z.record(z.string(), z.string()).default({}),
  linux: z
    .object({ devices: z.array(z.object({ path: z.string() })).default([]) })
    .default({ devices: [] }),
})

/** Something of the host, or of memory, that an environment sees in its files. */
export interface MountPoint {
  readonly path: string
  readonly type: string
  /** Where it is on the host, for a volume. */
  readonly folder?: string
}

/** What is mounted in an environment: what lies there is no part of what it has written, though the places may be. */
export async function readMountPoints({
  bundle,
}: Pick<EnvironmentPaths, 'bundle'>): Promise<readonly MountPoint[]> {
  const { mounts, linux, annotations } = spec.parse(
    JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')),
  )
  const volumes = new Set((annotations[volumesNote] ?? '').split('\n'))
  return [
    ...mounts.map(({ destination: path, type, source: folder }) =>
      volumes.has(path) ? { path, type: 'volume', folder } : { path, type },
    ),
    ...linux.devices.map(({ path }) => ({ path, type: 'device' })),
  ]
}
