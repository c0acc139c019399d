import { z } from 'zod'
import { nodeStages } from '../stage.ts'
import { offeredVolumes } from './volume.ts'

/**
 * The version of the agent protocol that this code speaks; the server serves it and the one before. Since 2 a log is
 * sent in blocks of bytes instead of JSON; since 3 images are verified on GPUs; since 4 the password of the registry stays
 * with the server, which is asked for each login; since 5 every call says which start of the agent makes it.
 */
export const agentProtocol = 5

/** The first protocol whose agents say in every call which start of theirs makes it. */
export const namingProtocol = 5

/** The header, and the metadata, that says it. */
export const incarnationHeader = 'kiln-incarnation'

/** That of the protocol, so that a server that cannot let an agent in can tell it when that is the reason. */
export const protocolHeader = 'kiln-protocol'

const text = z.string().max(512)
const bytes = z.number().int().nonnegative()

export const gpu = z.object({
  uuid: text,
  name: text,
  /** Driver version as the vendor prints it. */
  driver: text,
  memory_bytes: bytes,
  /** Free when it was looked at. */
  free_bytes: bytes.optional(),
  /** Compute capability such as `8.0`. */
  capability: text.optional(),
  /** As the driver's tool prints it: `00000000:07:00.0`. */
  bus_id: text.optional(),
  /** The instances that it is divided into. */
  migs: z
    .array(z.object({ uuid: text, profile: text }))
    .max(16)
    .optional(),
  /** It stands in for a GPU in tests: nothing that it does is ever measured. */
  simulated: z.boolean().optional(),
})

/** Something that is worth knowing of a node's GPUs, by a code of the table in `cuda/`. */
export const nodeFinding = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
  severity: z.enum(['ok', 'info', 'note', 'warn', 'unsure', 'retry', 'error']),
  /** UUID of the GPU; absent when it is about the whole node. */
  gpu: text.optional(),
  /** What the texts of the code are filled with. */
  params: z.record(z.string().max(64), z.union([text, z.number()])).readonly(),
})

export const inventory = z.object({
  host: z.object({ hostname: text, os: text, kernel: text, arch: text }),
  cpu: z.object({ model: text, cores: z.number().int().positive() }),
  memory_bytes: bytes,
  disk: z.object({ total_bytes: bytes, free_bytes: bytes }),
  buildkit: z.object({ version: text, platforms: z.array(text), devices: z.array(text) }),
  /** It speaks the protocol and builds nothing: for benches and demos. What it has is declared, not found. */
  simulated: z.boolean().optional(),
  /** Whether containers can be started on it that stay; older agents do not say. */
  environments: z.boolean().optional(),
  /** What they have written can be saved: an agent of before would build their image once more instead. */
  saves: z.boolean().optional(),
  /** What it offers to environments; older agents offer nothing. */
  volumes: offeredVolumes.optional(),
  /** Those that work may be given to. */
  gpus: z.array(gpu).max(64),
  /** Those that something keeps from working: what it is stands in `findings`. */
  faulty_gpus: z.array(gpu).max(64).optional(),
  findings: z.array(nodeFinding).max(512).optional(),
})

export const nodeStage = z.enum(nodeStages)

export const nodeId = z.string().regex(/^node-[0-9a-z]{26}$/)
export const nodeName = z.string().min(1).max(128)

export const registerNode = z.object({
  protocol: z.number().int().positive(),
  node_id: nodeId,
  name: nodeName,
  /** New at each start of the agent: work of an earlier one is gone. */
  incarnation: z.uuid(),
  /** Builds that the node runs at once. */
  slots: z.number().int().min(1).max(64),
  inventory,
})

/** What may come with a heartbeat; what is absent is as it was. */
export const heartbeat = z.object({
  /** Why the node takes no builds until its disk has room again, in words; `null` once it has. */
  disk_low: text.nullable().optional(),
  volumes: offeredVolumes.optional(),
})

/** What comes with a node's goodbye; older agents say nothing. */
export const leave = z.object({
  /** It was told to stop: what it has not ended is handed back. */
  stopped: z.boolean().optional(),
})

export const registered = z.object({
  heartbeat_ms: z.number().int().positive(),
  lease_ms: z.number().int().positive(),
  /** UUIDs of GPUs that are held because something was left running on them. To be looked at, and told when clean. */
  leftover_gpus: z.array(text).max(512).default([]),
})

export const logAcknowledged = z.object({
  /** Number of the next line that the server expects. */
  next: z.number().int().nonnegative(),
})
