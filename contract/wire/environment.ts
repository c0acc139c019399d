import { z } from 'zod'
import { environmentDefaults } from '../environment.ts'
import { maxVolumes } from '../volume.ts'
import { maxNameLength } from '../image.ts'
import { defaultProject, projectName } from './project.ts'
import { environmentVolume, volumeName, wantedVolumes } from './volume.ts'

const day = 24 * 60 * 60
const argument = z
  .string()
  .max(8192)
  .refine((text) => !text.includes('\0'), 'has a NUL in it')
const command = z.array(argument).min(1).max(256)
const port = z.number().int().min(1).max(65_535)
const id = z.string().regex(/^env-[0-9a-z]{26}$/)
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const start = z.number().int().positive()

/** What a person may start. Unknown fields are refused, so that a misspelt one is never ignored in silence. */
export const createEnvironment = z.strictObject({
  project: projectName.default(defaultProject),
  /** Name in the library. */
  image: z.string().min(1).max(maxNameLength),
  /** Number of the version; the one that the name points at when absent. */
  version: z.number().int().positive().optional(),
  /** One GPU of its own, or none. */
  gpu: z
    .union([z.boolean(), z.strictObject({ count: z.literal(1) })])
    .default(false)
    .transform((gpu) => gpu !== false),
  /** Cores, also parts of one. */
  cpu: z.number().min(0.1).max(1024).default(environmentDefaults.cpu),
  memory_bytes: z
    .number()
    .int()
    .min(16 * 1024 ** 2)
    .max(2 ** 46)
    .default(environmentDefaults.memoryBytes),
  /** How much it may write over the files of its image: it is stopped when it has written more. */
  disk_bytes: z
    .number()
    .int()
    .min(1024 ** 2)
    .max(2 ** 50)
    .default(environmentDefaults.diskBytes),
  /** Instead of the image's own. */
  command: command.optional(),
  /** Those that can be reached through the server, besides the ones that the image exposes. */
  ports: z.array(port).max(32).default([]),
  /** What nodes offer that is to be in it, and where. */
  volumes: wantedVolumes.default([]),
  /** How long a start may run at most. */
  ttl_seconds: z
    .number()
    .int()
    .min(1)
    .max(365 * day)
    .optional(),
  /** How long it may run without being used through the server. */
  idle_seconds: z
    .number()
    .int()
    .min(1)
    .max(365 * day)
    .optional(),
})

const storable = z.string().transform((value) => value.replaceAll('\0', ''))
const list = z
  .array(storable)
  .nullish()
  .transform((values) => values ?? [])

/** How containers of an image start, as its configuration has it. */
const runConfig = z.object({
  Env: list,
  Entrypoint: list,
  Cmd: list,
  User: storable.default(''),
  WorkingDir: storable.default(''),
  StopSignal: storable.default(''),
  ExposedPorts: z.record(storable, z.unknown()).nullish(),
})

/** The part of an image's configuration that starting one needs. */
export const startConfig = z
  .object({ os: z.string(), architecture: z.string(), config: runConfig.nullish() })
  .transform(({ os, architecture, config }) => ({
    platform: `${os}/${architecture}`,
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    user: config?.User ?? '',
    workdir: config?.WorkingDir ?? '',
    stop_signal: config?.StopSignal ?? '',
    ports: Object.keys(config?.ExposedPorts ?? {}).flatMap((exposed) => {
      const [number, protocol = 'tcp'] = exposed.split('/')
      return protocol === 'tcp' && port.safeParse(Number(number)).success ? [Number(number)] : []
    }),
  }))

/** Everything that a node needs to start one environment. It is given to the node that it was placed on only. */
export const environmentPlan = z.object({
  environment_id: id,
  start,
  project: projectName,
  /** What the project has of volumes goes by it: a name may be another's later. */
  project_id: z.number().int().nonnegative().default(0),
  registry: z.object({
    host: z.string(),
    /** Path of the repository on the host. */
    repository: z.string(),
  }),
  digest,
  /** Program with its arguments. */
  command: z.array(z.string()).min(1),
  env: z.array(z.string()),
  user: z.string(),
  workdir: z.string(),
  stop_signal: z.string(),
  cpu: z.number().positive(),
  memory_bytes: z.number().int().positive(),
  pids: z.number().int().positive(),
  /** UUID of the GPU that is leased to it. */
  gpu: z.string().nullable(),
  volumes: z.array(environmentVolume).default([]),
})

/** What a node tells of an environment while it starts, and how it ended by itself. */
export const environmentTold = z.discriminatedUnion('state', [
  z.object({ state: z.literal('starting') }),
  z.object({ state: z.literal('running') }),
  z.object({
    state: z.literal('ended'),
    /** Absent when nobody saw it end. */
    exit_code: z.number().int().min(0).max(255).optional(),
    out_of_memory: z.boolean().default(false),
  }),
])

const amount = z.number().int().nonnegative()

/** What an environment uses, and has used since it was started last; what is absent was not measured again. */
export const environmentUsage = z.object({
  cpu_ms: amount.optional(),
  memory_bytes: amount.optional(),
  /** What it has written takes of the disk. */
  written_bytes: amount.optional(),
  /** What its project has in volumes of its own that it can write in. */
  volumes: z
    .array(z.object({ name: volumeName, bytes: amount }))
    .max(maxVolumes)
    .optional(),
})

/** What environments take of the disk of a node: what they have written, and the unpacked images that they start from. */
export const environmentDisk = z.object({
  written_bytes: amount,
  image_bytes: amount,
  /** Of the images, those that no environment is made from: they go first when room is short. */
  unused_image_bytes: amount,
})

/** What a node has of environments: those that run, and those of which it keeps files only. */
export const nodeEnvironments = z.object({
  environments: z
    .array(z.object({ id, start, running: z.boolean(), usage: environmentUsage.optional() }))
    .max(10_000),
  disk: environmentDisk.optional(),
  /** Of the image that it was told last to have ready. */
  image: z
    .object({ digest, state: z.enum(['pulling', 'done', 'failed']), message: z.string().max(1000) })
    .optional(),
})

/** An image that a node is to have ready before anybody starts from it. */
export const wantedImage = z.object({
  project: projectName,
  registry: z.object({ host: z.string(), repository: z.string() }),
  digest,
  /** In the registry, packed. */
  bytes: amount,
})

/** What is to become of those. What a node has and the answer does not name is to be left as it is. */
export const wantedEnvironments = z.object({
  environments: z.array(z.object({ id, start, wanted: z.enum(['run', 'keep', 'remove']) })),
  /** Absent when it is to fetch none, or no longer. */
  image: wantedImage.optional(),
})

const columns = z.coerce.number().int().min(1).max(1000)

/** How a program is started in an environment, as the query of a WebSocket. */
export const terminalQuery = z.object({
  /** A JSON list; a shell of the image when absent. */
  command: z
    .string()
    .max(64 * 1024)
    .transform((text, context) => {
      try {
        return command.parse(JSON.parse(text))
      } catch {
        context.addIssue('expected a JSON list of strings')
        return z.NEVER
      }
    })
    .optional(),
  tty: z
    .enum(['true', 'false'])
    .default('true')
    .transform((value) => value === 'true'),
  cols: columns.default(80),
  rows: columns.default(24),
})

/** What the user's end of a terminal says besides what is typed. */
export const terminalMessage = z.object({
  resize: z.object({ cols: columns, rows: columns }).optional(),
  /** Nothing more is typed. */
  end: z.boolean().optional(),
})
