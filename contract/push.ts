import type { z } from 'zod'
import type { pushAnswer, pushRequest } from './wire/push.ts'

export type PushRequest = z.infer<typeof pushRequest>
export type PushAnswer = z.infer<typeof pushAnswer>
export type ImageBlob = NonNullable<PushRequest['blobs']>[number]

/**
 * Whether the farm pushes to its registry. `open`: it does not, since the registry has failed; `half_open`: it answers again,
 * and is let take few pushes at first.
 */
export type BreakerState = 'closed' | 'open' | 'half_open'
