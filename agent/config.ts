import { hostname } from 'node:os'
import { z } from 'zod'

const environment = z.object({
  KILN_SERVER_URL: z.url(),
  KILN_AGENT_TOKEN: z.string().min(16),
  KILN_TEMPORAL_ADDRESS: z.string().min(1),
  KILN_TEMPORAL_NAMESPACE: z.string().min(1).default('kiln'),
  KILN_BUILDKIT_ADDRESS: z.string().min(1),
  KILN_AGENT_DIR: z.string().min(1),
  KILN_NODE_NAME: z.string().min(1).max(128).default(hostname()),
  KILN_NODE_SLOTS: z.coerce.number().int().min(1).max(64).default(2),
  KILN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** @throws an error that names each variable that is wrong. Secrets are kept apart, so that the rest may be logged. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const e = environment.parse(env)
  return {
    config: {
      logLevel: e.KILN_LOG_LEVEL,
      serverUrl: new URL(e.KILN_SERVER_URL),
      temporal: { address: e.KILN_TEMPORAL_ADDRESS, namespace: e.KILN_TEMPORAL_NAMESPACE },
      buildkitAddress: e.KILN_BUILDKIT_ADDRESS,
      directory: e.KILN_AGENT_DIR,
      name: e.KILN_NODE_NAME,
      slots: e.KILN_NODE_SLOTS,
    },
    secrets: { token: e.KILN_AGENT_TOKEN },
  } as const
}

export type AgentConfig = ReturnType<typeof readConfig>['config']
export type AgentSecrets = ReturnType<typeof readConfig>['secrets']
