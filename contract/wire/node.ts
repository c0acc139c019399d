import { z } from 'zod'

/**
 * The version of the agent protocol that this code speaks; the server serves it and the one before. Since 2 a log is
 * sent in blocks of bytes instead of JSON.
 */
export const agentProtocol = 2

const text = z.string().max(512)
const bytes = z.number().int().nonnegative()

export const gpu = z.object({
  uuid: text,
  name: text,
  /** Driver version as the vendor prints it. */
  driver: text,
  memory_bytes: bytes,
})

export const inventory = z.object({
  host: z.object({ hostname: text, os: text, kernel: text, arch: text }),
  cpu: z.object({ model: text, cores: z.number().int().positive() }),
  memory_bytes: bytes,
  disk: z.object({ total_bytes: bytes, free_bytes: bytes }),
  buildkit: z.object({ version: text, platforms: z.array(text), devices: z.array(text) }),
  gpus: z.array(gpu).max(64),
})

export const registerNode = z.object({
  protocol: z.number().int().positive(),
  node_id: z.string().regex(/^node-[0-9a-z]{26}$/),
  name: z.string().min(1).max(128),
  /** New at each start of the agent: work of an earlier one is gone. */
  incarnation: z.uuid(),
  /** Builds that the node runs at once. */
  slots: z.number().int().min(1).max(64),
  inventory,
})

export const registered = z.object({
  heartbeat_ms: z.number().int().positive(),
  lease_ms: z.number().int().positive(),
})

export const logAcknowledged = z.object({
  /** Number of the next line that the server expects. */
  next: z.number().int().nonnegative(),
})
