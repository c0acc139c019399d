import { z } from 'zod'
import { contextDigest } from './context.ts'
import { defaultProject, projectName } from './project.ts'

/** Largest body of a submit, in bytes. */
export const maxSubmitBytes = 1024 * 1024

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a variable name')

/** Names that ask for a value which then lies in the image's history for everyone to read. */
const secretLike = /secret|token|passw|credential|api_?key|private_?key/i
/** Arguments with a meaning to the builder itself, which only the farm sets. */
const reserved = /^(BUILDKIT_.*|.*_proxy|SOURCE_DATE_EPOCH|BASE_IMAGE)$/i

const buildArgs = z
  .record(name, z.string().max(8192))
  .superRefine((args, context) => {
    for (const key of Object.keys(args)) {
      const message = secretLike.test(key)
        ? 'looks like a secret, and arguments stay readable in the image; mount a secret instead'
        : reserved.test(key)
          ? 'is set by Kiln only'
          : undefined
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message })
    }
  })
  .default({})

/** How to build. Everything has a default, so that `{}` and nothing mean the same. */
export const buildOptions = z.strictObject({
  /** Name of the stage to build; the last one when absent. */
  target: z.string().min(1).max(128).optional(),
  build_args: buildArgs,
  labels: z.record(z.string().min(1).max(256), z.string().max(4096)).default({}),
  /** Runs every step again, whatever the cache holds. */
  no_cache: z.boolean().default(false),
  /** `proxy`: RUN reaches the network through the builder's proxy only. `none`: not at all. */
  network: z.enum(['proxy', 'none']).default('proxy'),
})

/** What a person may submit. Unknown fields are refused, so that a misspelt option is never ignored in silence. */
export const submitBuild = z.strictObject({
  project: projectName.default(defaultProject),
  name: z.string().min(1),
  base_image: z.string().min(1).max(512).optional(),
  dockerfile: z.string().min(1),
  /** Files for COPY and ADD: what `POST /api/contexts` answered. */
  context: contextDigest.optional(),
  description: z.string().max(4096).default(''),
  options: buildOptions.prefault({}),
})
