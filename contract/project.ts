import type { z } from 'zod'
import type { changeProject } from './wire/project.ts'

export type ProjectChange = z.infer<typeof changeProject>
