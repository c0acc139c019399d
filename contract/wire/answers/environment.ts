import { z } from 'zod'
import { environmentStates } from '../../environment.ts'
import { packageLists } from '../packages.ts'
import { saveSurvey } from '../save.ts'
import { environmentVolume } from '../volume.ts'
import { page } from './page.ts'
import { time } from './time.ts'

const reason = z
  .looseObject({
    code: z.string(),
    actor: z.string().optional(),
    text: z.string(),
    detail: z.string().nullish(),
  })
  .nullable()

/** A container that was started from a version of an image. Sizes in bytes. */
export const shownEnvironment = z.looseObject({
  id: z.string(),
  project: z.string(),
  created_by: z
    .string()
    .nullish()
    .describe('Name of the user; `null` where that was nobody by name.'),
  image: z.string(),
  image_id: z.number().int(),
  version: z.number().nullable(),
  digest: z.string(),
  name_points_at: z.number().int().nullable().describe('The version of the name by now.'),
  state: z.string().meta({ examples: [...environmentStates] }),
  reason,
  waiting_reason: z.string().nullable(),
  start: z.number().int().describe('How often it has been started.'),
  node_id: z.string().nullable(),
  node: z.string().nullable(),
  gpu: z.unknown(),
  cpu: z.number(),
  memory_bytes: z.number(),
  disk_bytes: z.number().nullish().describe('How much it may write.'),
  usage: z
    .looseObject({
      measured_at: time,
      cpu_seconds: z.number(),
      memory_bytes: z.number().nullable(),
      disk_bytes: z.number().nullable(),
      gpu_minutes: z.number().nullable(),
    })
    .nullish(),
  command: z.array(z.string()).nullable(),
  ports: z.array(z.number()),
  volumes: z.array(environmentVolume).optional(),
  ttl_seconds: z.number().int().nullable(),
  idle_seconds: z.number().int().nullable(),
  exit_code: z.number().nullable(),
  created_at: time,
  running_since: time.nullable(),
  used_at: time.nullable(),
  stopped_at: time.nullable(),
  temporal_url: z.string().optional(),
})

export const environmentPage = page.extend({ environments: z.array(shownEnvironment) })

export const environmentEvents = page.extend({
  events: z.array(z.looseObject({ start: z.number().int(), state: z.string(), at: time, reason })),
})

/** What would be saved of one, and whether there is room. Sizes in bytes. */
export const savePreview = saveSurvey.omit({ free_bytes: true }).extend({
  environment_id: z.string(),
  start: z.number(),
  saves_below: z.number(),
  /** `null` while nobody has read what the image is made of. */
  layers: z.number().nullable(),
  layers_allowed: z.number(),
  wasted_bytes: z.number(),
  squash_advised: z.boolean(),
  parent: z.object({ name: z.string(), version: z.number(), digest: z.string() }),
  room: z.object({
    registry_bytes: z.number(),
    registry_left: z.number().nullable(),
    disk_bytes: z.number(),
    disk_left: z.number(),
    fits: z.boolean(),
  }),
})

/** A build of the packages that have come to one, and what it would not have. */
export const saveRecipe = z.object({
  base_image: z.string(),
  packages: packageLists.pick({ apt: true, pip: true, conda: true }),
  dockerfile: z.string().nullable().describe('What is built; `null` where there is nothing.'),
  not_covered: z.object({
    packages: saveSurvey.shape.packages.shape.added,
    omitted: z.number().int(),
    removed: saveSurvey.shape.packages.shape.removed,
    files: saveSurvey.shape.unpackaged,
    deleted: z.number().int(),
  }),
})

/** An address that lets one browser to one port. */
export const portTicket = z.object({ url: z.url(), expires_at: time })

/** A part of an environment's log, as an event. */
export const environmentLog = z.looseObject({ text: z.string() })

/** The last that an environment's terminal says. */
export const terminalEnd = z.looseObject({ exit_code: z.number().int().nullish() })
