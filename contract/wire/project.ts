import { z } from 'zod'
import { gpuPolicy } from './gpu-policy.ts'
import { scanPolicy } from './scan-policy.ts'

/** The project of whatever names none. It always exists. */
export const defaultProject = 'default'

/** A DNS label, so that it can be part of a host name, a path in a registry and a folder alike. */
export const projectName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected at most 63 lower-case letters, digits and "-", neither first nor last a "-"',
  )

/** What of a project can be changed; what is absent stays as it is. `null` puts the farm's own policy back. */
export const changeProject = z
  .strictObject({
    gpu_policy: gpuPolicy.nullable().optional(),
    scan_policy: scanPolicy.nullable().optional(),
    /** Whether nodes fetch new versions of its images before anybody starts from them. */
    pull_ahead: z.boolean().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    message: 'nothing to change',
  })

export const createProject = z.strictObject({ name: projectName })
