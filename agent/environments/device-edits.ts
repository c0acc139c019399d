import { stat } from 'node:fs/promises'
import { z } from 'zod'
import { gpuKind, readGpuTexts } from '../daemon/cdi-files.ts'

const hook = z.object({
  hookName: z.string(),
  path: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(z.string()).default([]),
  timeout: z.number().optional(),
})
const edits = z.object({
  env: z.array(z.string()).default([]),
  deviceNodes: z
    .array(
      z.object({
        path: z.string(),
        hostPath: z.string().optional(),
        permissions: z.string().default('rw'),
      }),
    )
    .default([]),
  mounts: z
    .array(
      z.object({
        hostPath: z.string(),
        containerPath: z.string(),
        options: z.array(z.string()).default(['ro', 'nosuid', 'nodev', 'bind']),
      }),
    )
    .default([]),
  hooks: z.array(hook).default([]),
  additionalGids: z.array(z.number()).default([]),
})
const specification = z.object({
  devices: z.array(z.object({ name: z.string(), containerEdits: edits.optional() })),
  containerEdits: edits.optional(),
})

/** A device of the host, as a container gets it. */
export interface GivenDevice {
  readonly path: string
  readonly type: 'c' | 'b'
  readonly major: number
  readonly minor: number
  readonly permissions: string
}

/** What a container is given for one GPU. */
export interface DeviceEdits {
  readonly env: readonly string[]
  readonly mounts: z.infer<typeof edits>['mounts']
  readonly hooks: readonly z.infer<typeof hook>[]
  readonly additionalGids: readonly number[]
  readonly devices: readonly GivenDevice[]
}

export const noEdits: DeviceEdits = {
  env: [],
  mounts: [],
  hooks: [],
  additionalGids: [],
  devices: [],
}

/** No specification in these folders names the GPU. */
export class UnknownDevice extends Error {
  override readonly name = 'UnknownDevice'
}

/**
 * What CDI specifications in these folders say that a container needs for one GPU, and for no other.
 * @throws UnknownDevice
 */
export async function readDeviceEdits(
  folders: readonly string[],
  uuid: string,
): Promise<DeviceEdits> {
  for (const found of await readGpuTexts(folders)) {
    const { data } = specification.safeParse(found)
    const device = data?.devices.find(({ name }) => name === uuid)
    if (data === undefined || device === undefined) continue
    const all = [data.containerEdits, device.containerEdits].filter((one) => one !== undefined)
    return {
      env: all.flatMap(({ env }) => env),
      mounts: all.flatMap(({ mounts }) => mounts),
      hooks: all.flatMap(({ hooks }) => hooks),
      additionalGids: all.flatMap(({ additionalGids }) => additionalGids),
      devices: await Promise.all(all.flatMap(({ deviceNodes }) => deviceNodes.map(readDevice))),
    }
  }
  throw new UnknownDevice(`no specification names ${gpuKind}=${uuid}`)
}

type DeviceNode = z.infer<typeof edits>['deviceNodes'][number]

async function readDevice({ path, hostPath, permissions }: DeviceNode): Promise<GivenDevice> {
  const node = await stat(hostPath ?? path)
  // As Linux packs them.
  const major = ((node.rdev >> 8) & 0xfff) | Math.floor(node.rdev / 2 ** 32)
  const minor = (node.rdev & 0xff) | ((node.rdev >> 12) & 0xfff_00)
  return { path, type: node.isBlockDevice() ? 'b' : 'c', major, minor, permissions }
}
