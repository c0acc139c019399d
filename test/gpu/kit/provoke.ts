import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaultCase } from '../faults.ts'
import { file, glibcRoot, pack } from './glibc-root.ts'
import type { Probed, Probing } from './probing.ts'
import type { CdiSpec } from './simulated-node.ts'

/** A GPU of a node that the daemon knows. */
export interface KnownGpu {
  /** Under which the node's devices are published. */
  readonly node: string
  readonly uuid: string
  readonly spec: CdiSpec
}

/** Probes an image while something is wrong with it or with what its container is given. */
export async function provoke(
  probing: Probing,
  { node, uuid, spec }: KnownGpu,
  fault: FaultCase,
): Promise<Probed> {
  const { files = {}, lines = [], limitSeconds = 20, minFreeMib } = fault
  await probing.publish(node, fault.spec?.(spec, probing.driver) ?? spec)
  try {
    const added = Object.entries(files).map(async ([path, source]) => {
      const body = source === 'nothing' ? '' : await readFile(join(probing.driver, source))
      return file(path, 0o755, Buffer.from(body))
    })
    return await probing.run({
      root: await pack([...(await glibcRoot(probing.probe)), ...(await Promise.all(added))]),
      dockerfile: ['FROM scratch', 'COPY . /', ...lines, ''].join('\n'),
      device: `nvidia.com/gpu=${uuid}`,
      limitSeconds: { driver: limitSeconds, frameworks: 60 },
      ...(minFreeMib !== undefined && { minFreeMib }),
    })
  } finally {
    await probing.publish(node, spec)
  }
}
