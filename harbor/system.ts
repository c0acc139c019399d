import { z } from 'zod'
import type { Send } from './connection.ts'
import { type HarborVersion, parseHarborVersion } from './features.ts'
import { read } from './read.ts'

const healthBody = z.object({
  status: z.string(),
  components: z
    .array(z.object({ name: z.string(), status: z.string(), error: z.string().optional() }))
    .nullable()
    .transform((list) => list ?? []),
})

export type HarborHealth = z.infer<typeof healthBody>

/** `harbor_version`, `registry_url` and `read_only` are told only to those who are logged in. */
const infoBody = z.object({
  harbor_version: z.string().optional(),
  registry_url: z.string().optional(),
  auth_mode: z.string().optional(),
  read_only: z.boolean().optional(),
})

export interface HarborInfo {
  /** Absent when the credential was not taken: Harbor answers strangers as well, with less. */
  readonly version?: HarborVersion
  readonly authMode: string
  /** Writes are refused with 403 while an operator has it so. */
  readonly readOnly: boolean
}

const permissionsBody = z.object({
  project: z.array(z.object({ resource: z.string(), action: z.string() })),
  system: z.array(z.object({ resource: z.string(), action: z.string() })),
})

export interface HarborSystem {
  /** Each component's state. The whole is called unhealthy also when only the scanner is down. */
  health(): Promise<HarborHealth>
  info(): Promise<HarborInfo>
  /** What a robot can be granted here. */
  permissions(): Promise<z.infer<typeof permissionsBody>>
}

export function createSystem(send: Send): HarborSystem {
  const get = async <T>(operation: string, path: string, schema: z.ZodType<T>) =>
    read(operation, schema, await send({ operation, method: 'GET', path }))
  return {
    health: async () => get('read the health', '/health', healthBody),
    info: async () => {
      const body = await get('read what Harbor is', '/systeminfo', infoBody)
      const version = parseHarborVersion(body.harbor_version ?? '')
      return {
        ...(version && { version }),
        authMode: body.auth_mode ?? '',
        readOnly: body.read_only ?? false,
      }
    },
    permissions: async () => get('read the permissions', '/permissions', permissionsBody),
  }
}
