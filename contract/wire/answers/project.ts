import { z } from 'zod'
import { quotaNames } from '../../quota.ts'
import { gpuPolicy } from '../gpu-policy.ts'
import { scanPolicy } from '../scan-policy.ts'
import { page } from './page.ts'
import { time } from './time.ts'

export const project = z.looseObject({ name: z.string(), created_at: time })
export const projectPage = page.extend({ projects: z.array(project) })

/** What published images take in the registry, each blob once. */
export const registryUsage = {
  bytes: z.number(),
  versions: z.number().int(),
  unread: z.number().int().describe('Versions whose parts nobody has read yet.'),
}

export const projectDetail = project.extend({
  registry: z.looseObject(registryUsage),
  gpu_policy: gpuPolicy.nullable(),
  effective_gpu_policy: z.looseObject({
    mode: z.string(),
    wait_seconds: z.number().nullish(),
  }),
  scan_policy: scanPolicy.nullable(),
  effective_scan_policy: z.looseObject({
    mode: z.string(),
    severity: z.string().optional(),
    wait_seconds: z.number().optional(),
  }),
  scan_note: z.string().nullish(),
  pull_ahead: z
    .boolean()
    .optional()
    .describe('Whether nodes fetch new versions of its images before anybody starts from them.'),
})

export const secret = z.looseObject({
  name: z.string(),
  size: z.number().describe('Bytes.'),
  created_at: time,
  updated_at: time,
})
export const secretPage = page.extend({ secrets: z.array(secret) })

/** What a project has of each, and may have: `null` is as much as there is. */
export const quotas = z.looseObject(
  Object.fromEntries(
    quotaNames.map((name) => [
      name,
      z.looseObject({ use: z.number(), limit: z.number().nullable() }),
    ]),
  ),
)
