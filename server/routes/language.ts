import { z } from 'zod'

/** In which language reasons are told. */
export const languageQuery = z.object({ lang: z.enum(['en', 'zh']).default('en') })
