import { join } from 'node:path'
import type { Environment } from '../process/environment.ts'
import type { Settings } from './config.ts'

/** How Node.js runs one of Kiln's own processes. */
export interface NodeOptions {
  readonly flags: readonly string[]
  readonly environment: Environment
}

/**
 * Compiled modules are kept for the starts to come: to take the types out anew costs an agent 15 MB. An agent shares its
 * node with builds and holds nothing for long, so it collects often, and gives back what the buffers of a flood of logs
 * took: malloc would keep it.
 *
 * The pieces of a large upload lie outside of the heap. With a large young generation nothing young is collected before
 * they are too many, and then the whole heap is: a third of the processor time of an upload. For the same reason an agent
 * has little room for what is young, and collects it as soon as a twentieth of that is taken: what passes through on its way
 * to a registry, or out of a layer that is read, takes 20 MB instead of 70, and less processor time.
 */
export function nodeOptions(name: string, { resolve }: Settings): NodeOptions {
  const environment = { NODE_COMPILE_CACHE: join(resolve.cacheDir, 'compiled') }
  if (name === 'server') return { flags: ['--max-semi-space-size=2'], environment }
  if (name !== 'agent') return { flags: [], environment }
  return {
    flags: [
      '--optimize-for-size',
      '--minor-gc-task-trigger=5',
      '--scavenger-max-new-space-capacity-mb=1',
    ],
    environment: {
      ...environment,
      MALLOC_ARENA_MAX: '1',
      // From 512 KiB on instead, layers would be read in three quarters of the time, and up to 16 MB more would stay.
      MALLOC_MMAP_THRESHOLD_: '32768',
      MALLOC_TRIM_THRESHOLD_: '65536',
    },
  }
}
