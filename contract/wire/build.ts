import { z } from 'zod'
import { buildOptions } from './build-options.ts'
import { contextSource, namedContexts } from './context.ts'
import { imageVisibility } from './image.ts'
import { packageLists } from './packages.ts'
import { defaultProject, projectName } from './project.ts'

/** Largest body of a submit, in bytes. */
export const maxSubmitBytes = 1024 * 1024

/** Largest body of a submit of many, in bytes. */
export const maxBatchBytes = 16 * 1024 * 1024
const maxBatch = 500

/** In characters. */
const maxDockerfileLength = 128 * 1024

/** What a person may submit. Unknown fields are refused, so that a misspelt option is never ignored in silence. */
/** A version by the name of its image in the library, and its number. */
const fromLock = z.strictObject({
  image: z.string().min(1).max(256),
  version: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1),
})

const fields = z.strictObject({
  project: projectName.default(defaultProject),
  name: z.string().min(1),
  base_image: z.string().min(1).max(512).optional(),
  dockerfile: z
    .string()
    .min(1)
    .max(maxDockerfileLength, 'is longer than 128 KiB; upload large files with the context')
    .optional(),
  /** Instead of a Dockerfile. */
  packages: packageLists.optional(),
  /** The packages of a version again, on the base that it was built on. */
  from_lock: fromLock.optional(),
  /** Files for COPY and ADD. */
  context: contextSource.optional(),
  contexts: namedContexts.default({}),
  description: z.string().max(4096).default(''),
  visibility: imageVisibility
    .optional()
    .describe(
      'Of an image that the build makes new: `project` when absent. One that is there keeps its own.',
    ),
  options: buildOptions.prefault({}),
})

export const submitBuild = fields.superRefine(refuseBoth)
/** Each is checked by itself, so that what is wrong with one is told of that one. */
export const submitBuilds = z.strictObject({ builds: z.array(z.unknown()).min(1).max(maxBatch) })
/** What would be built, asked for before it is submitted. */
export const previewBuild = fields.extend({ name: z.string().optional() }).superRefine(refuseBoth)

interface Source {
  readonly dockerfile?: string | undefined
  readonly packages?: object | undefined
  readonly from_lock?: object | undefined
  readonly base_image?: string | undefined
  readonly context?: unknown
  readonly contexts: object
}

/** A Dockerfile says itself what it needs; packages need a base, and there is nothing that would copy files. */
function refuseBoth(source: Source, check: z.RefinementCtx): void {
  const { dockerfile, packages, from_lock: lock, base_image: base, context, contexts } = source
  const refuse = (field: string, message: string) =>
    check.addIssue({ code: 'custom', path: [field], message })
  if (packages === undefined && lock === undefined) {
    if (dockerfile === undefined) refuse('dockerfile', 'is missing, and so are packages')
    return
  }
  const field = packages === undefined ? 'from_lock' : 'packages'
  if (dockerfile !== undefined) refuse(field, 'stands in place of a Dockerfile, not beside it')
  if (context !== undefined) refuse('context', 'is for a Dockerfile, and packages need none')
  if (Object.keys(contexts).length > 0)
    refuse('contexts', 'are for a Dockerfile, and packages need none')
  if (lock === undefined) {
    if (base === undefined) refuse('base_image', 'is missing: packages are put on a base')
    return
  }
  if (packages !== undefined) refuse('packages', 'are those of the lock')
  if (base !== undefined) refuse('base_image', 'is that of the lock')
}
