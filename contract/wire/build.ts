import { z } from 'zod'
import { buildOptions } from './build-options.ts'
import { contextSource, namedContexts } from './context.ts'
import { defaultProject, projectName } from './project.ts'

/** Largest body of a submit, in bytes. */
export const maxSubmitBytes = 1024 * 1024

/** In characters. */
const maxDockerfileLength = 128 * 1024

/** What a person may submit. Unknown fields are refused, so that a misspelt option is never ignored in silence. */
export const submitBuild = z.strictObject({
  project: projectName.default(defaultProject),
  name: z.string().min(1),
  base_image: z.string().min(1).max(512).optional(),
  dockerfile: z
    .string()
    .min(1)
    .max(maxDockerfileLength, 'is longer than 128 KiB; upload large files with the context'),
  /** Files for COPY and ADD. */
  context: contextSource.optional(),
  contexts: namedContexts.default({}),
  description: z.string().max(4096).default(''),
  options: buildOptions.prefault({}),
})
