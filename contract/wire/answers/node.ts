import { z } from 'zod'
import { shownReason } from './build.ts'
import { page } from './page.ts'

const gpu = z.looseObject({ uuid: z.string(), name: z.string(), driver: z.string() })

export const shownNode = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.enum(['ready', 'lost']),
  slots: z.number(),
  running: z.number(),
  disk_low: z.string().nullish(),
  drain: z
    .looseObject({ since: z.string(), reason: z.string().nullish(), done: z.boolean() })
    .nullish(),
  inventory: z.looseObject({
    host: z.looseObject({ hostname: z.string(), arch: z.string() }),
    buildkit: z.looseObject({ version: z.string() }),
    gpus: z.array(gpu),
    faulty_gpus: z.array(gpu).optional(),
    findings: z.array(shownReason.extend({ gpu: z.string().optional() })).optional(),
  }),
})

export const nodePage = page.extend({ nodes: z.array(shownNode) })

export const joinToken = z.looseObject({ token: z.string(), expires_at: z.string() })
