import { z } from 'zod'
import { environmentDisk } from '../environment.ts'
import { offeredVolumes } from '../volume.ts'
import { shownReason } from './build.ts'
import { page } from './page.ts'
import { time } from './time.ts'

const gpu = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  driver: z.string(),
  memory_bytes: z.number().optional(),
  free_bytes: z.number().optional(),
  capability: z.string().optional(),
  bus_id: z.string().optional(),
  migs: z.array(z.looseObject({ uuid: z.string(), profile: z.string() })).optional(),
  simulated: z.boolean().optional(),
})

const seenGpu = z.looseObject({
  uuid: z.string(),
  name: z.string(),
  driver: z.string(),
  mig: z.unknown().optional(),
})

/** How the GPUs of a node have changed, and what that means for the library. */
export const nodeChange = z.looseObject({
  id: z.number().int(),
  at: time,
  before: z.array(seenGpu),
  after: z.array(seenGpu),
  state: z.enum(['told', 'waiting', 'given_up']),
  text: z.string().nullable(),
  findings: z.array(shownReason),
})

export const nodeChanges = page.extend({ changes: z.array(nodeChange) })

export const shownNode = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.enum(['ready', 'lost']),
  slots: z.number(),
  running: z.number(),
  environments: z.number().int(),
  disk_low: z.string().nullish(),
  environment_disk: environmentDisk.nullish(),
  images_ahead: z
    .object({
      waiting: z.number().int(),
      pulling: z.number().int(),
      done: z.number().int(),
      failed: z.number().int(),
    })
    .optional(),
  drain: z
    .looseObject({ since: z.string(), reason: z.string().nullish(), done: z.boolean() })
    .nullish(),
  registered_at: time,
  leased_until: time,
  heard_at: time.nullish().describe('When it last said anything.'),
  gpu_slots: z.array(
    z.looseObject({
      uuid: z.string(),
      name: z.string(),
      mig: z.unknown().optional(),
      healthy: z.boolean(),
      build_id: z.string().nullable(),
      environment_id: z.string().nullable(),
      attempt: z.number().int().nullable(),
      since: time.nullable(),
      leftover: z.boolean(),
    }),
  ),
  cordon: z.looseObject({ since: time, reason: z.string().nullish() }).nullish(),
  removed_at: time.nullish(),
  /** Why nothing of it is heard any more, and how it comes back. */
  shut_out: z
    .looseObject({
      since: time,
      reason: z.string().nullable(),
      quarantined: z.boolean(),
      advice: z.string(),
    })
    .nullish(),
  inventory: z.looseObject({
    simulated: z.boolean().optional(),
    host: z.looseObject({
      hostname: z.string(),
      os: z.string().optional(),
      kernel: z.string().optional(),
      arch: z.string(),
    }),
    cpu: z.looseObject({ model: z.string(), cores: z.number() }).optional(),
    memory_bytes: z.number().optional(),
    disk: z.looseObject({ total_bytes: z.number(), free_bytes: z.number() }).optional(),
    buildkit: z.looseObject({
      version: z.string(),
      platforms: z.array(z.string()).optional(),
      devices: z.array(z.string()).optional(),
    }),
    environments: z.boolean().optional(),
    saves: z.boolean().optional(),
    volumes: offeredVolumes.optional(),
    gpus: z.array(gpu),
    faulty_gpus: z.array(gpu).optional(),
    findings: z.array(shownReason.extend({ gpu: z.string().optional() })).optional(),
  }),
  changes: z.array(nodeChange).optional().describe('The newest; of a list they are not told.'),
})

export const nodePage = page.extend({ nodes: z.array(shownNode) })

export const joinToken = z.looseObject({ token: z.string(), expires_at: time })
