import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { observationVariables, readListenAt } from '../observation/listen-at.ts'
import { setVariables } from '#contract/set-variables.ts'
import { hostList } from '#contract/wire/host-list.ts'
import { readTemporalAccess, temporalVariables } from '../temporal/temporal-access.ts'

/** What git needs to know of the surroundings. */
const gitVariables = [
  'PATH',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
]

const environment = z.object({
  KILN_DATABASE_URL: z.string().min(1),
  ...temporalVariables,
  KILN_REGISTRY_URL: z.url(),
  /** File in PEM of the authority that signed the registry's certificate, where it is a private one. */
  KILN_REGISTRY_CA: z.string().min(1).optional(),
  KILN_REGISTRY_PREFIX: z.string().default('kiln'),
  KILN_REGISTRY_USERNAME: z.string().default(''),
  KILN_REGISTRY_PASSWORD: z.string().default(''),
  /** PEM: the private key that signs, then those that signed before. Without it nothing is signed. */
  KILN_SIGNING_KEY_FILE: z.string().optional(),
  /** Of keys that are sealed, as cosign writes them. */
  KILN_SIGNING_KEY_PASSWORD: z.string().default(''),
  /** What provenance calls the farm: a URI that verifiers know it by. */
  KILN_BUILDER_ID: z.url().default('urn:kiln:farm'),
  /** Minutes between two looks at the bases of an image that is to be built again when they move. */
  KILN_BASE_CHECK_MINUTES: z.coerce.number().positive().default(60),
  /** How many such builds are under way at once. */
  KILN_REBUILDS_AT_ONCE: z.coerce.number().int().positive().default(4),
  KILN_WORKFLOW_BUNDLE: z.string().optional(),
  /** What is read although it is not public, as the nodes have it: `host:port, …`. */
  KILN_EGRESS_ALLOW: hostList,
  /** Trusted for git, too. */
  SSL_CERT_FILE: z.string().optional(),
  ...observationVariables,
  KILN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** @throws an error that names each variable that is wrong. Secrets are kept apart, so that the rest may be logged. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const e = environment.parse(setVariables(env))
  return {
    config: {
      logLevel: e.KILN_LOG_LEVEL,
      metrics: readListenAt(e),
      tracesUrl: e.KILN_TRACES_URL,
      temporal: { address: e.KILN_TEMPORAL_ADDRESS, namespace: e.KILN_TEMPORAL_NAMESPACE },
      registry: { url: new URL(e.KILN_REGISTRY_URL), prefix: e.KILN_REGISTRY_PREFIX },
      registryAuthority: e.KILN_REGISTRY_CA,
      allowedHosts: e.KILN_EGRESS_ALLOW,
      git: {
        environment: {
          ...Object.fromEntries(gitVariables.map((name) => [name, env[name]])),
          GIT_SSL_CAINFO: e.SSL_CERT_FILE,
        },
      },
      builderId: e.KILN_BUILDER_ID,
      rebuilds: {
        everyMs: e.KILN_BASE_CHECK_MINUTES * 60_000,
        restMs: 10 * 60_000,
        atOnce: e.KILN_REBUILDS_AT_ONCE,
      },
      workflowBundle: e.KILN_WORKFLOW_BUNDLE,
    },
    secrets: {
      databaseUrl: e.KILN_DATABASE_URL,
      temporal: readTemporalAccess(e),
      metricsToken: e.KILN_METRICS_TOKEN,
      registry: { username: e.KILN_REGISTRY_USERNAME, password: e.KILN_REGISTRY_PASSWORD },
      signing:
        e.KILN_SIGNING_KEY_FILE === undefined
          ? undefined
          : {
              keys: readFileSync(e.KILN_SIGNING_KEY_FILE, 'utf8'),
              password: e.KILN_SIGNING_KEY_PASSWORD,
            },
    },
  } as const
}

export type WorkerConfig = ReturnType<typeof readConfig>['config']
export type WorkerSecrets = ReturnType<typeof readConfig>['secrets']
