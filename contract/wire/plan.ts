import { z } from 'zod'
import { buildOptions } from './build-options.ts'
import { pinnedContext, pinnedContexts } from './context.ts'
import { gpuPolicy } from './gpu-policy.ts'
import { projectName } from './project.ts'
import { saveOrder } from './save.ts'

const pinnedBase = z.object({
  /** The reference as it stands in the Dockerfile. */
  reference: z.string(),
  /** Where the bytes are: registry, repository and digest. */
  pinned: z.string(),
})

/**
 * Everything a node needs to build, verify and push one attempt; equal plans give equal bytes while the cache lives.
 * It holds the secrets of the build, so it is given to the node of the attempt only and never stored there.
 */
export const buildPlan = z.object({
  build_id: z.string(),
  attempt: z.number().int().positive(),
  /** Name of the project, whose builds share a daemon and its cache with nobody else. */
  project: projectName,
  dockerfile: z.string(),
  /** Lines in front of the user's own first line. */
  added_lines: z.number().int().nonnegative(),
  /** Kiln itself has written the Dockerfile: its steps end with the codes of `packageExits`. */
  packages: z.boolean().optional(),
  /** Nothing is built: this is saved, on the one base. */
  save: saveOrder.optional(),
  /** Number of the log line that is expected next. */
  next_line: z.number().int().nonnegative(),
  /** With the arguments that Kiln adds. */
  options: buildOptions.extend({ build_args: z.record(z.string(), z.string()) }),
  bases: z.array(pinnedBase),
  gpu_policy: gpuPolicy,
  context: pinnedContext.nullable(),
  contexts: pinnedContexts,
  /** Values in base64, by the id under which RUN mounts them. */
  secrets: z.array(z.object({ id: z.string(), value: z.string() })),
  /** OpenSSH private keys in base64, likewise. */
  ssh: z.array(z.object({ id: z.string(), key: z.string() })),
  registry: z.object({
    host: z.string(),
    /** Where to push, without tag: `host/path`. */
    repository: z.string(),
    /** Where the cache of this image lies, with a tag: in a place of the project's own that no build can name. */
    cache: z.string(),
    /** Plain http. */
    insecure: z.boolean(),
    /** Both are empty for a node that asks the server for each login, as all do since protocol 4. */
    username: z.string(),
    secret: z.string(),
  }),
})
