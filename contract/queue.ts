import type { z } from 'zod'
import type { cancelFilter } from './wire/queue.ts'

export type CancelFilter = z.infer<typeof cancelFilter>
