import { z } from 'zod'
import { page } from './page.ts'

export const project = z.looseObject({ name: z.string(), created_at: z.string() })
export const projectPage = page.extend({ projects: z.array(project) })

export const projectDetail = project.extend({
  registry: z.looseObject({ bytes: z.number() }),
  effective_gpu_policy: z.looseObject({ mode: z.string() }),
})

export const secret = z.looseObject({ name: z.string(), size: z.number(), updated_at: z.string() })
export const secretPage = page.extend({ secrets: z.array(secret) })
