import { readFile } from 'node:fs/promises'
import { ProcessError, run } from '../../process/run.ts'

/** Files in which the probe starts, by their path: the loader and the libraries of the node itself. */
export type CleanRoom = ReadonlyMap<string, Uint8Array>

const limitMs = 10_000

/**
 * What the probe needs of a root file system, from this node. @returns `undefined` on a node that has no glibc, where
 * the probe does not start.
 */
export async function readCleanRoom(probe: string): Promise<CleanRoom | undefined> {
  try {
    const { stdout } = await run('ldd', [probe], { limitMs })
    const paths = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
    if (paths.length === 0) return undefined
    return new Map(
      await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)),
    )
  } catch (error) {
    if (error instanceof ProcessError) return undefined
    throw error
  }
}
