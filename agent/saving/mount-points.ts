import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EnvironmentPaths } from '../environments/environment-paths.ts'

const spec = z.object({
  mounts: z.array(z.object({ destination: z.string(), type: z.string() })),
  linux: z
    .object({ devices: z.array(z.object({ path: z.string() })).default([]) })
    .default({ devices: [] }),
})

/** Something of the host, or of memory, that an environment sees in its files. */
export interface MountPoint {
  readonly path: string
  readonly type: string
}

/** What is mounted in an environment: what lies there is no part of what it has written, though the places may be. */
export async function readMountPoints({
  bundle,
}: Pick<EnvironmentPaths, 'bundle'>): Promise<readonly MountPoint[]> {
  const { mounts, linux } = spec.parse(
    JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')),
  )
  return [
    ...mounts.map(({ destination: path, type }) => ({ path, type })),
    ...linux.devices.map(({ path }) => ({ path, type: 'device' })),
  ]
}
