import { readFileSync } from 'node:fs'
import { hostname as machineName } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { isLoopback, readAddress } from '#contract/address.ts'
import { usualLeaseMs } from '#contract/node.ts'
import { setVariables } from '#contract/set-variables.ts'
import { hostList } from '#contract/wire/host-list.ts'
import { hostPort } from '#contract/wire/host-port.ts'
import { size } from '#contract/wire/size.ts'
import { rampMs } from './pushes/push-limits.ts'
import { observationVariables, readListenAt } from '../observation/listen-at.ts'
import { keyBytes } from './secrets/seal.ts'
import { readSignIn, signInVariables } from './sign-in/settings.ts'
import { readTemporalAccess, temporalVariables } from '../temporal/temporal-access.ts'

/** It is written into files that several programs read, each in its own way. */
const mirror = z
  .string()
  .regex(
    /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._~-]+)*\/?$/,
    'expected http(s)://host/path, without user and query',
  )
  .transform((address) => address.replace(/\/$/, ''))
  .optional()

const environment = z.object({
  KILN_SERVER_LISTEN: hostPort.default('127.0.0.1:8080'),
  /** Where nodes reach Temporal; beyond loopback only with a certificate. */
  KILN_GATEWAY_LISTEN: hostPort.default('127.0.0.1:7234'),
  KILN_GATEWAY_CERT_FILE: z.string().optional(),
  KILN_GATEWAY_KEY_FILE: z.string().optional(),
  /** Where nodes elsewhere reach the farm, by TLS alone. */
  KILN_NODES_LISTEN: hostPort.optional(),
  /** Names and addresses by which they do, for the certificate that the server makes: `a, b, …`. */
  KILN_NODES_NAMES: z.string().default(''),
  /** In PEM: a certificate that the server is to show them instead, and its authority where that is a private one. */
  KILN_NODES_CERT_FILE: z.string().min(1).optional(),
  KILN_NODES_KEY_FILE: z.string().min(1).optional(),
  KILN_NODES_CA_FILE: z.string().min(1).optional(),
  KILN_DATABASE_URL: z.string().min(1),
  ...temporalVariables,
  KILN_TEMPORAL_UI_URL: z.url().optional(),
  /** Lets agents in that have no credential of their own: those of the version before. */
  KILN_AGENT_TOKEN: z.string().min(16).optional(),
  KILN_API_TOKEN: z.string().min(16).optional(),
  /** Where the token of the operator `admin` lies, or is to be put at the first start. */
  KILN_ADMIN_TOKEN_FILE: z.string().min(1).optional(),
  /** Silence after which a node counts as lost. */
  KILN_NODE_LEASE_SECONDS: z.coerce
    .number()
    .min(1)
    .max(120)
    .default(usualLeaseMs / 1000),
  /** How often a minute something may be done with one token of a user. */
  KILN_RATE_REQUESTS: z.coerce.number().int().positive().default(1200),
  KILN_RATE_SUBMITS: z.coerce.number().int().positive().default(60),
  KILN_RATE_UPLOADS: z.coerce.number().int().positive().default(30),
  /** And signed in with a token, from one address. */
  KILN_RATE_SIGN_INS: z.coerce.number().int().positive().default(20),
  ...signInVariables,
  /** Where each port of an environment has a host of its own, which `*` stands for. */
  KILN_ENVIRONMENTS_URL: z
    .string()
    .regex(
      /^https?:\/\/\*\.[a-z0-9.-]+(:\d+)?\/?$/i,
      'expected such as https://*.environments.example',
    )
    .optional(),
  /** Keys of the secrets store, each 32 bytes in base64: the first wraps, the others open what they wrapped before. */
  KILN_SECRETS_KEY: z.string().default(''),
  KILN_SECRETS_KEY_FILE: z.string().optional(),
  KILN_REGISTRY_URL: z.url(),
  /** File in PEM of the authority that signed the registry's certificate, where it is a private one. */
  KILN_REGISTRY_CA: z.string().min(1).optional(),
  /** What Harbor must send when it tells of something; without it nothing is listened to. */
  KILN_HARBOR_WEBHOOK_SECRET: z.string().min(16).optional(),
  KILN_REGISTRY_PREFIX: z.string().default('kiln'),
  KILN_REGISTRY_USERNAME: z.string().default(''),
  KILN_REGISTRY_PASSWORD: z.string().default(''),
  /** Of these the tokens of nodes are made, where they are set: the first may not delete, the second only read. */
  KILN_REGISTRY_PUSH_USERNAME: z.string().min(1).optional(),
  KILN_REGISTRY_PUSH_PASSWORD: z.string().default(''),
  KILN_REGISTRY_PULL_USERNAME: z.string().min(1).optional(),
  KILN_REGISTRY_PULL_PASSWORD: z.string().default(''),
  KILN_DATA_DIR: z.string().min(1),
  KILN_CONSOLE_DIR: z
    .string()
    .min(1)
    .default(join(import.meta.dirname, '../console/dist')),
  /** The most that one RUN may use: a size such as 64GiB, and cores. */
  KILN_MAX_BUILD_MEMORY: size.optional(),
  KILN_MAX_BUILD_CPUS: z.coerce.number().positive().optional(),
  /** Whether admins of projects may choose the policy `allow_unverified`. */
  KILN_ALLOW_UNVERIFIED: z.enum(['true', 'false']).default('false'),
  /** Nodes that only pretend may join, for benches and demos. */
  KILN_ALLOW_SIMULATED_NODES: z.enum(['true', 'false']).default('false'),
  /** Of which images nodes fetch new versions before anybody starts from them, and how many of the nodes at once. */
  KILN_IMAGES_AHEAD: z.enum(['off', 'used', 'all']).default('used'),
  KILN_IMAGES_AHEAD_NODES: z.coerce.number().int().positive().default(2),
  /** Images that are pushed to the registry at once, and of one project. */
  KILN_MAX_PUSHES: z.coerce.number().int().positive().default(8),
  KILN_MAX_PUSHES_PER_PROJECT: z.coerce.number().int().positive().default(4),
  /** Days after which an unused build context is deleted. */
  KILN_CONTEXT_DAYS: z.coerce.number().positive().default(14),
  /** Days after which a log that nobody reads is deleted. */
  KILN_LOG_DAYS: z.coerce.number().positive().default(30),
  /** Largest build context, as it is sent and, apart from that, unpacked. */
  KILN_CONTEXT_MAX_BYTES: size.optional(),
  /** Files, folders and links in one. */
  KILN_CONTEXT_MAX_ENTRIES: z.coerce.number().int().positive().default(200_000),
  /** Unpacked bytes for one byte that was sent. */
  KILN_CONTEXT_MAX_RATIO: z.coerce.number().positive().default(200),
  /** What is read although it is not public, as the nodes have it: `host:port, …`. */
  KILN_EGRESS_ALLOW: hostList,
  /** Where webhooks of projects may lead although it is not public or not https: `host:port, …`. */
  KILN_WEBHOOK_ALLOW: hostList,
  /** Where the steps of package lists get packages from instead: an index of pip, a host with `debian` and `ubuntu`, channels. */
  KILN_PIP_INDEX_URL: mirror,
  /** Where builds of torch for one CUDA are, below it by variant; the public one, unless packages of pip come from a mirror. */
  KILN_TORCH_INDEX_URL: mirror,
  KILN_APT_MIRROR: mirror,
  KILN_CONDA_CHANNEL_ALIAS: mirror,
  ...observationVariables,
  KILN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

type Variables = z.infer<typeof environment>

const dayMs = 24 * 60 * 60 * 1000
const maxContextBytes = 2 * 1024 ** 3

function readContextLimits(e: Variables) {
  return {
    bytes: e.KILN_CONTEXT_MAX_BYTES ?? maxContextBytes,
    entries: e.KILN_CONTEXT_MAX_ENTRIES,
    ratio: e.KILN_CONTEXT_MAX_RATIO,
  }
}

/** @throws an error that names each variable that is wrong. Secrets are kept apart, so that the rest may be logged. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const e = environment.parse(setVariables(env))
  const listen = readAddress(e.KILN_SERVER_LISTEN)
  if (e.KILN_API_TOKEN === undefined && !isLoopback(listen.hostname)) {
    throw new Error('KILN_API_TOKEN is needed when KILN_SERVER_LISTEN is not a loopback address')
  }
  return {
    config: {
      ...listen,
      gateway: readGateway(e),
      metrics: readListenAt(e),
      tracesUrl: e.KILN_TRACES_URL,
      nodes: readNodes(e),
      leaseMs: e.KILN_NODE_LEASE_SECONDS * 1000,
      rates: readRates(e),
      adminTokenFile: e.KILN_ADMIN_TOKEN_FILE,
      signIn: readSignIn(e),
      environmentsUrl: e.KILN_ENVIRONMENTS_URL,
      logLevel: e.KILN_LOG_LEVEL,
      dataDir: e.KILN_DATA_DIR,
      consoleDir: e.KILN_CONSOLE_DIR,
      limits: { memory: e.KILN_MAX_BUILD_MEMORY, cpus: e.KILN_MAX_BUILD_CPUS },
      imagesAhead: { mode: e.KILN_IMAGES_AHEAD, nodes: e.KILN_IMAGES_AHEAD_NODES },
      pushLimits: { all: e.KILN_MAX_PUSHES, project: e.KILN_MAX_PUSHES_PER_PROJECT, rampMs },
      allowUnverified: e.KILN_ALLOW_UNVERIFIED === 'true',
      allowSimulated: e.KILN_ALLOW_SIMULATED_NODES === 'true',
      allowedHosts: e.KILN_EGRESS_ALLOW,
      webhookHosts: e.KILN_WEBHOOK_ALLOW,
      mirrors: readMirrors(e),
      contextIdleMs: e.KILN_CONTEXT_DAYS * dayMs,
      logIdleMs: e.KILN_LOG_DAYS * dayMs,
      contextLimits: readContextLimits(e),
      temporal: { address: e.KILN_TEMPORAL_ADDRESS, namespace: e.KILN_TEMPORAL_NAMESPACE },
      temporalUiUrl: e.KILN_TEMPORAL_UI_URL,
      registry: { url: new URL(e.KILN_REGISTRY_URL), prefix: e.KILN_REGISTRY_PREFIX },
      registryAuthority: e.KILN_REGISTRY_CA,
    },
    secrets: {
      databaseUrl: e.KILN_DATABASE_URL,
      temporal: readTemporalAccess(e),
      agentToken: e.KILN_AGENT_TOKEN,
      gatewayTls: readGatewayTls(e),
      nodesCertificate: readNodesCertificate(e),
      apiToken: e.KILN_API_TOKEN,
      oidc: e.KILN_OIDC_CLIENT_SECRET,
      metricsToken: e.KILN_METRICS_TOKEN,
      webhook: e.KILN_HARBOR_WEBHOOK_SECRET,
      secretsKeys: readSecretsKeys(e.KILN_SECRETS_KEY, e.KILN_SECRETS_KEY_FILE),
      registry: { username: e.KILN_REGISTRY_USERNAME, password: e.KILN_REGISTRY_PASSWORD },
      registryLogins: {
        own: { username: e.KILN_REGISTRY_USERNAME, password: e.KILN_REGISTRY_PASSWORD },
        push: readLogin(e.KILN_REGISTRY_PUSH_USERNAME, e.KILN_REGISTRY_PUSH_PASSWORD),
        pull: readLogin(e.KILN_REGISTRY_PULL_USERNAME, e.KILN_REGISTRY_PULL_PASSWORD),
      },
    },
  } as const
}

function readRates(e: z.infer<typeof environment>) {
  return {
    requests: e.KILN_RATE_REQUESTS,
    submits: e.KILN_RATE_SUBMITS,
    uploads: e.KILN_RATE_UPLOADS,
    sign_ins: e.KILN_RATE_SIGN_INS,
  }
}

/** As PyTorch's own page of installation has it. */
const publicTorch = 'https://download.pytorch.org/whl'

function readMirrors(e: z.infer<typeof environment>) {
  const pip = e.KILN_PIP_INDEX_URL
  const torch = e.KILN_TORCH_INDEX_URL ?? (pip === undefined ? publicTorch : undefined)
  return { pip, torch, apt: e.KILN_APT_MIRROR, conda: e.KILN_CONDA_CHANNEL_ALIAS }
}

function readLogin(username: string | undefined, password: string) {
  return username === undefined ? undefined : { username, password }
}

function readGateway(e: Variables) {
  const listen = readAddress(e.KILN_GATEWAY_LISTEN)
  if (readGatewayTls(e) !== undefined || isLoopback(listen.hostname)) return listen
  throw new Error(
    'KILN_GATEWAY_CERT_FILE and KILN_GATEWAY_KEY_FILE are needed when KILN_GATEWAY_LISTEN is not a loopback address',
  )
}

function readGatewayTls(e: Variables) {
  const { KILN_GATEWAY_CERT_FILE: cert, KILN_GATEWAY_KEY_FILE: key } = e
  if (cert !== undefined && key !== undefined) {
    return { cert: readFileSync(cert), key: readFileSync(key) }
  }
  if (cert === undefined && key === undefined) return undefined
  throw new Error('KILN_GATEWAY_CERT_FILE and KILN_GATEWAY_KEY_FILE belong together')
}

/** Where nodes are served, and by which names they find it. */
function readNodes({ KILN_NODES_LISTEN: text, KILN_NODES_NAMES: names }: Variables) {
  if (text === undefined) return undefined
  const listen = readAddress(text)
  const given = names.split(/[\s,]+/).filter((name) => name !== '')
  const isAny = /^(0\.0\.0\.0|::)$/.test(listen.hostname)
  const own = [machineName(), ...(isAny ? [] : [listen.hostname])]
  return { ...listen, names: given.length > 0 ? given : own }
}

function readNodesCertificate(e: Variables) {
  const { KILN_NODES_CERT_FILE: cert, KILN_NODES_KEY_FILE: key, KILN_NODES_CA_FILE: ca } = e
  if (cert === undefined && key === undefined && ca === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw new Error('KILN_NODES_CERT_FILE and KILN_NODES_KEY_FILE belong together')
  }
  const given = { certificate: readText(cert), key: readText(key) }
  return { given, authority: ca === undefined ? undefined : readText(ca) }
}

const readText = (path: string) => readFileSync(path, 'utf8')

function readSecretsKeys(text: string, file: string | undefined): readonly Uint8Array[] {
  const all = file === undefined ? text : `${text} ${readFileSync(file, 'utf8')}`
  const keys = all.split(/[\s,]+/).filter((key) => key !== '')
  return keys.map((key) => {
    const bytes = Buffer.from(key, 'base64')
    if (bytes.length !== keyBytes) {
      throw new Error(`a key of KILN_SECRETS_KEY is not ${keyBytes} bytes in base64`)
    }
    return bytes
  })
}

export type ServerConfig = ReturnType<typeof readConfig>['config']
export type ServerSecrets = ReturnType<typeof readConfig>['secrets']
