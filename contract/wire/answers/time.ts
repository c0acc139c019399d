import { z } from 'zod'

/** RFC 3339 in UTC. */
export const time = z.string().meta({ format: 'date-time' })
