import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { observationVariables, readListenAt } from '../observation/listen-at.ts'
import { setVariables } from '#contract/set-variables.ts'
import { size } from '#contract/wire/size.ts'
import { cdiFolders } from './daemon/cdi-files.ts'
import { agentScope } from './daemon/daemon-paths.ts'
import type { DaemonSettings } from './daemon/project-daemon.ts'
import type { DiskSettings } from './disk/open-disk.ts'
import { parseShare } from './disk/share.ts'
import { imagesFolder } from './environments/environment-paths.ts'
import { type EgressEntry, isNetwork, parseEgress } from './network/egress.ts'
import { parseVolumes, requireApart } from './volumes/parse-volumes.ts'

/** One for the whole machine, as its GPUs are. */
const gpuLocks = '/run/kiln-gpus'
const contextCacheBytes = 20 * 1024 ** 3

const egress = listOf(parseEgress)

/** Part of the disk that the caches of the daemons lie on. */
const share = z
  .string()
  .transform(parseShare)
  .refine((found) => found !== undefined, 'expected a size such as 20GiB, or percents such as 5%')

const environment = z.object({
  KILN_SERVER_URL: z.url(),
  /** Lets this node into the farm; needed until it has a credential of its own. */
  KILN_JOIN_TOKEN: z.string().min(16).optional(),
  /** A file that may hold it instead. */
  KILN_JOIN_TOKEN_FILE: z.string().min(1).optional(),
  /** File in PEM of the authority that the server's certificate is from; what the token for joining names when absent. */
  KILN_SERVER_CA_FILE: z.string().min(1).optional(),
  /** Where the server lets nodes reach Temporal: `http://host:port`, or `https` beyond loopback. The server's address when absent. */
  KILN_GATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Of the authority that the gateway's certificate is from; the server's when absent. */
  KILN_GATEWAY_CA_FILE: z.string().min(1).optional(),
  KILN_TEMPORAL_NAMESPACE: z.string().min(1).default('kiln'),
  KILN_AGENT_DIR: z.string().min(1),
  KILN_NODE_NAME: z.string().min(1).max(128).default(hostname()),
  KILN_BUILDKITD_BIN: z.string().min(1),
  KILN_RUNC_BIN: z.string().min(1),
  KILN_CNI_DIR: z.string().min(1),
  KILN_BUILD_PARALLELISM: z.coerce
    .number()
    .int()
    .min(1)
    .default(Math.max(2, availableParallelism())),
  /** Processes that all steps of a project may have at once. */
  KILN_BUILD_PIDS: z.coerce.number().int().min(16).default(4096),
  /** What they may use of the node's memory together; nearly all of it when absent. */
  KILN_BUILD_MEMORY: size.optional(),
  KILN_BUILD_DNS: egress.default([]),
  KILN_EGRESS_SUBNET: z
    .string()
    .refine(
      (text) => isNetwork(text) && /\/([89]|1\d|2[0-6])$/.test(text),
      'is no IPv4 network of /8 to /26',
    )
    .default('10.213.0.0/16'),
  KILN_EGRESS_ALLOW: egress.default([]),
  KILN_EGRESS_DENY: egress.default([]),
  KILN_BUILD_DIR: z.string().min(1).optional(),
  /** The probe for this machine's processor; without it nothing is verified on the GPUs of this node. */
  KILN_CUDA_PROBE_BIN: z.string().min(1).optional(),
  KILN_NVIDIA_SMI_BIN: z.string().min(1).default('nvidia-smi'),
  /** In front of every path at which the driver is looked for. */
  KILN_GPU_ROOT: z.string().default(''),
  KILN_GPU_LOOK_SECONDS: z.coerce.number().min(1).max(3600).default(60),
  /** Only in tests: what passes on a stand-in for a GPU passes, and is called simulated. */
  KILN_ALLOW_SIMULATED_GPU: z.enum(['true', 'false']).default('false'),
  KILN_REGISTRY_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** File in PEM of the authority that signed the registry's certificate, where it is a private one. */
  KILN_REGISTRY_CA: z.string().min(1).optional(),
  KILN_DAEMON_IDLE_SECONDS: z.coerce.number().min(0).default(300),
  KILN_DAEMON_MAX: z.coerce.number().int().min(1).default(16),
  /** Contexts that are kept on this node: a size such as 20GiB. */
  KILN_CONTEXT_CACHE_BYTES: size.optional(),
  KILN_CACHE_RESERVED: share.default({ percent: 5 }),
  KILN_CACHE_MAX: share.default({ percent: 60 }),
  KILN_CACHE_MIN_FREE: share.default({ percent: 20 }),
  KILN_DISK_RESERVE: share.optional(),
  KILN_DISK_BALLAST: share.optional(),
  /** What the node offers to environments, such as `datasets:/srv/datasets,scratch:/srv/scratch:projects`. */
  KILN_VOLUMES: listOf(parseVolumes).default([]),
  KILN_NODE_SLOTS: z.coerce.number().int().min(1).max(64).default(2),
  ...observationVariables,
  KILN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** What a build daemon needs to know of its surroundings; the rest of them is the farm's. */
const daemonVariables = [
  'PATH',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Where they send their own spans.
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
  'OTEL_SERVICE_NAME',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
]

/** @throws an error that names each variable that is wrong. Secrets are kept apart, so that the rest may be logged. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const e = environment.parse(setVariables(env))
  const disk = readDiskSettings(e)
  const cdiDirs = cdiFolders(e.KILN_AGENT_DIR)
  return {
    config: {
      logLevel: e.KILN_LOG_LEVEL,
      metrics: readListenAt(e),
      tracesUrl: e.KILN_TRACES_URL,
      serverUrl: new URL(e.KILN_SERVER_URL),
      serverAuthority: e.KILN_SERVER_CA_FILE,
      gateway: readGateway(e),
      namespace: e.KILN_TEMPORAL_NAMESPACE,
      directory: e.KILN_AGENT_DIR,
      name: e.KILN_NODE_NAME,
      slots: e.KILN_NODE_SLOTS,
      volumes: readVolumes(e),
      contexts: {
        folder: disk.contexts,
        maxBytes: e.KILN_CONTEXT_CACHE_BYTES ?? contextCacheBytes,
      },
      allowedSources: e.KILN_EGRESS_ALLOW,
      daemonIdleMs: e.KILN_DAEMON_IDLE_SECONDS * 1000,
      daemonMax: e.KILN_DAEMON_MAX,
      disk,
      daemons: {
        folder: disk.folder,
        scope: disk.scope,
        buildkitd: e.KILN_BUILDKITD_BIN,
        runc: e.KILN_RUNC_BIN,
        cniDir: e.KILN_CNI_DIR,
        parallelism: e.KILN_BUILD_PARALLELISM,
        limits: { processes: e.KILN_BUILD_PIDS, memory: e.KILN_BUILD_MEMORY },
        network: {
          subnet: e.KILN_EGRESS_SUBNET,
          allow: [
            ...(e.KILN_REGISTRY_URL ? [entryOf(e.KILN_REGISTRY_URL)] : []),
            ...e.KILN_EGRESS_ALLOW,
          ],
          deny: [
            entryOf(e.KILN_SERVER_URL),
            entryOf(e.KILN_GATEWAY_URL ?? e.KILN_SERVER_URL),
            ...e.KILN_EGRESS_DENY,
          ],
          resolvers: e.KILN_BUILD_DNS.map(({ host }) => host),
        },
        cdiDirs,
        registry: e.KILN_REGISTRY_URL === undefined ? undefined : new URL(e.KILN_REGISTRY_URL),
        registryAuthority: e.KILN_REGISTRY_CA,
        cache: readCacheShares(e),
        environment: Object.fromEntries(daemonVariables.map((name) => [name, env[name]])),
      } satisfies DaemonSettings,
      gpus: readGpuConfig(e, env['PATH'], cdiDirs),
    },
    secrets: {
      joinToken: e.KILN_JOIN_TOKEN ?? readJoinToken(e.KILN_JOIN_TOKEN_FILE),
      metricsToken: e.KILN_METRICS_TOKEN,
    },
  } as const
}

/** A list in one text. @param parse throws an error that says what is wrong with it. */
function listOf<T>(parse: (text: string) => readonly T[]) {
  return z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
      return z.NEVER
    }
  })
}

function readGpuConfig(
  e: z.infer<typeof environment>,
  path: string | undefined,
  cdiDirs: readonly string[],
) {
  const { KILN_GPU_ROOT: root, KILN_NVIDIA_SMI_BIN: nvidiaSmi } = e
  return {
    host: { root, nvidiaSmi, environment: { PATH: path }, cdiDirs },
    everyMs: e.KILN_GPU_LOOK_SECONDS * 1000,
    clearedFile: join(e.KILN_AGENT_DIR, 'gpus-cleared'),
    notedFile: join(e.KILN_AGENT_DIR, 'gpu-faults.json'),
    probe: e.KILN_CUDA_PROBE_BIN,
    simulation: e.KILN_ALLOW_SIMULATED_GPU === 'true',
    locks: gpuLocks,
  }
}

type Variables = z.infer<typeof environment>

function readVolumes({ KILN_VOLUMES: volumes, KILN_AGENT_DIR: directory }: Variables) {
  requireApart(volumes, directory)
  return volumes
}

function readGateway(e: Variables) {
  const { KILN_GATEWAY_URL: url = e.KILN_SERVER_URL, KILN_GATEWAY_CA_FILE: ca } = e
  const address = new URL(url)
  const isSecure = address.protocol === 'https:'
  return {
    address: `${address.hostname}:${address.port || (isSecure ? 443 : 80)}`,
    isSecure,
    authority: ca === undefined ? undefined : readFileSync(ca, 'utf8'),
  }
}

/** Of a node that has joined before the file may be gone. */
function readJoinToken(file: string | undefined): string | undefined {
  if (file === undefined || !existsSync(file)) return undefined
  const token = readFileSync(file, 'utf8').trim()
  return token === '' ? undefined : token
}

function readDiskSettings(e: Variables): DiskSettings {
  return {
    folder: e.KILN_BUILD_DIR ?? join(e.KILN_AGENT_DIR, 'daemons'),
    scope: agentScope(e.KILN_AGENT_DIR),
    contexts: join(e.KILN_AGENT_DIR, 'contexts'),
    images: imagesFolder(e.KILN_AGENT_DIR),
    shares: { reserve: e.KILN_DISK_RESERVE, ballast: e.KILN_DISK_BALLAST },
  }
}

function readCacheShares(e: Variables): DaemonSettings['cache'] {
  return {
    reserved: e.KILN_CACHE_RESERVED,
    max: e.KILN_CACHE_MAX,
    minFree: e.KILN_CACHE_MIN_FREE,
  }
}

function entryOf(url: string): EgressEntry {
  const { hostname: host, port, protocol } = new URL(url)
  return { host, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

export type AgentConfig = ReturnType<typeof readConfig>['config']
export type AgentSecrets = ReturnType<typeof readConfig>['secrets']
