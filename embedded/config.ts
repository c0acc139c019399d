import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../process/environment.ts'
import type { ComponentName } from './pins.ts'
import { Problem } from './problem.ts'

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits')

const variables = z.object({
  KILN_STATE_DIR: z.string().optional(),
  KILN_CACHE_DIR: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  KILN_SERVER_PORT: port(8080),
  KILN_GATEWAY_PORT: port(7234),
  KILN_TEMPORAL_PORT: port(7233),
  KILN_TEMPORAL_UI_PORT: port(8233),
  KILN_REGISTRY_PORT: port(5055),
  KILN_POSTGRES_PORT: port(5455),
  KILN_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  KILN_TEMPORAL_ADDRESS: z.string().regex(/:\d+$/, 'is not host:port').optional(),
  KILN_TEMPORAL_NAMESPACE: z.string().default('kiln'),
  KILN_TEMPORAL_UI_URL: z.url().optional(),
  KILN_REGISTRY_URL: z.url({ protocol: /^https?$/ }).optional(),
  KILN_REGISTRY_USERNAME: z.string().default(''),
  KILN_REGISTRY_PASSWORD: z.string().default(''),
  KILN_REGISTRY_CA: z.string().optional(),
  KILN_BASE_IMAGE: z.string().optional(),
  KILN_BUILDKIT_BIN: z.string().optional(),
  KILN_RUNC_BIN: z.string().optional(),
  KILN_CNI_BIN: z.string().optional(),
  KILN_REGISTRY_BIN: z.string().optional(),
  KILN_TEMPORAL_BIN: z.string().optional(),
  KILN_TEMPORAL_UI_BIN: z.string().optional(),
  KILN_NVIDIA_CTK_BIN: z.string().optional(),
  KILN_COSIGN_BIN: z.string().optional(),
  KILN_HELM_BIN: z.string().optional(),
  KILN_COMPOSE_BIN: z.string().optional(),
  KILN_KUBECTL_VALIDATE_BIN: z.string().optional(),
  KILN_CUDA_PROBE_BIN: z.string().optional(),
  KILN_GPU_ROOT: z.string().default(''),
  KILN_BUILDKIT_RELEASE_URL: z.url().optional(),
  KILN_BUILDKIT_RELEASE_SHA256: sha256.optional(),
  KILN_RUNC_RELEASE_URL: z.url().optional(),
  KILN_RUNC_RELEASE_SHA256: sha256.optional(),
  KILN_CNI_RELEASE_URL: z.url().optional(),
  KILN_CNI_RELEASE_SHA256: sha256.optional(),
  KILN_REGISTRY_RELEASE_URL: z.url().optional(),
  KILN_REGISTRY_RELEASE_SHA256: sha256.optional(),
  KILN_TEMPORAL_RELEASE_URL: z.url().optional(),
  KILN_TEMPORAL_RELEASE_SHA256: sha256.optional(),
  KILN_TEMPORAL_UI_RELEASE_URL: z.url().optional(),
  KILN_TEMPORAL_UI_RELEASE_SHA256: sha256.optional(),
  KILN_NVIDIA_CTK_RELEASE_URL: z.url().optional(),
  KILN_NVIDIA_CTK_RELEASE_SHA256: sha256.optional(),
  KILN_COSIGN_RELEASE_URL: z.url().optional(),
  KILN_COSIGN_RELEASE_SHA256: sha256.optional(),
  KILN_HELM_RELEASE_URL: z.url().optional(),
  KILN_HELM_RELEASE_SHA256: sha256.optional(),
  KILN_COMPOSE_RELEASE_URL: z.url().optional(),
  KILN_COMPOSE_RELEASE_SHA256: sha256.optional(),
  KILN_KUBECTL_VALIDATE_RELEASE_URL: z.url().optional(),
  KILN_KUBECTL_VALIDATE_RELEASE_SHA256: sha256.optional(),
  GOPROXY: z.string().optional(),
  PATH: z.string().default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
})

export type PortName = 'server' | 'gateway' | 'temporal' | 'temporalUi' | 'registry' | 'postgres'

export interface ReleaseMirror {
  readonly url: string
  readonly sha256: string
}

export interface ResolveSettings {
  readonly cacheDir: string
  readonly goProxy: string | undefined
  readonly path: string
  readonly binaries: Readonly<Record<ComponentName, string | undefined>>
  /** A probe that was built elsewhere, for this machine's processor. */
  readonly cudaProbe: string | undefined
  readonly mirrors: Readonly<Record<ComponentName, ReleaseMirror | undefined>>
  /** What child processes inherit. */
  readonly environment: Environment
}

export type Settings = ReturnType<typeof readSettings>

export const portVariables: Readonly<Record<PortName, string>> = {
  server: 'KILN_SERVER_PORT',
  gateway: 'KILN_GATEWAY_PORT',
  temporal: 'KILN_TEMPORAL_PORT',
  temporalUi: 'KILN_TEMPORAL_UI_PORT',
  registry: 'KILN_REGISTRY_PORT',
  postgres: 'KILN_POSTGRES_PORT',
}

const repository = resolve(import.meta.dirname, '..')
type Variables = z.infer<typeof variables>

/** @throws Problem that names every variable which cannot be used. */
export function readSettings(environment: Environment = process.env) {
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  )
  const parsed = variables.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    throw new Problem(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    )
  }
  const env = parsed.data
  const stateDir = resolve(env.KILN_STATE_DIR ?? join(repository, '.kiln'))
  return {
    repository,
    stateDir,
    /** Short and stable: names what has to live outside the state directory. */
    farmId: createHash('sha256').update(stateDir).digest('hex').slice(0, 10),
    ports: readPorts(env),
    external: readExternal(env),
    resolve: readResolveSettings(env, environment),
    /** In front of every path at which the driver is looked for. */
    gpuRoot: env.KILN_GPU_ROOT,
    environment,
  }
}

function readPorts(env: Variables): Readonly<Record<PortName, number>> {
  return {
    server: env.KILN_SERVER_PORT,
    gateway: env.KILN_GATEWAY_PORT,
    temporal: env.KILN_TEMPORAL_PORT,
    temporalUi: env.KILN_TEMPORAL_UI_PORT,
    registry: env.KILN_REGISTRY_PORT,
    postgres: env.KILN_POSTGRES_PORT,
  }
}

function readExternal(env: Variables) {
  return {
    databaseUrl: env.KILN_DATABASE_URL,
    temporalAddress: env.KILN_TEMPORAL_ADDRESS,
    temporalNamespace: env.KILN_TEMPORAL_NAMESPACE,
    temporalUiUrl: env.KILN_TEMPORAL_UI_URL,
    baseImage: env.KILN_BASE_IMAGE,
    registryAuthority: env.KILN_REGISTRY_CA,
    registry: env.KILN_REGISTRY_URL
      ? {
          url: env.KILN_REGISTRY_URL.replace(/\/$/, ''),
          username: env.KILN_REGISTRY_USERNAME,
          password: env.KILN_REGISTRY_PASSWORD,
        }
      : undefined,
  }
}

function readResolveSettings(env: Variables, environment: Environment): ResolveSettings {
  return {
    cacheDir: resolve(
      env.KILN_CACHE_DIR ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kiln'),
    ),
    goProxy: env.GOPROXY,
    path: env.PATH,
    environment,
    binaries: {
      buildkit: env.KILN_BUILDKIT_BIN,
      runc: env.KILN_RUNC_BIN,
      cni: env.KILN_CNI_BIN,
      registry: env.KILN_REGISTRY_BIN,
      temporal: env.KILN_TEMPORAL_BIN,
      'temporal-ui': env.KILN_TEMPORAL_UI_BIN,
      'nvidia-ctk': env.KILN_NVIDIA_CTK_BIN,
      cosign: env.KILN_COSIGN_BIN,
      helm: env.KILN_HELM_BIN,
      compose: env.KILN_COMPOSE_BIN,
      'kubectl-validate': env.KILN_KUBECTL_VALIDATE_BIN,
    },
    cudaProbe: env.KILN_CUDA_PROBE_BIN,
    mirrors: {
      buildkit: mirror('BUILDKIT', env.KILN_BUILDKIT_RELEASE_URL, env.KILN_BUILDKIT_RELEASE_SHA256),
      runc: mirror('RUNC', env.KILN_RUNC_RELEASE_URL, env.KILN_RUNC_RELEASE_SHA256),
      cni: mirror('CNI', env.KILN_CNI_RELEASE_URL, env.KILN_CNI_RELEASE_SHA256),
      registry: mirror('REGISTRY', env.KILN_REGISTRY_RELEASE_URL, env.KILN_REGISTRY_RELEASE_SHA256),
      temporal: mirror('TEMPORAL', env.KILN_TEMPORAL_RELEASE_URL, env.KILN_TEMPORAL_RELEASE_SHA256),
      'temporal-ui': mirror(
        'TEMPORAL_UI',
        env.KILN_TEMPORAL_UI_RELEASE_URL,
        env.KILN_TEMPORAL_UI_RELEASE_SHA256,
      ),
      'nvidia-ctk': mirror(
        'NVIDIA_CTK',
        env.KILN_NVIDIA_CTK_RELEASE_URL,
        env.KILN_NVIDIA_CTK_RELEASE_SHA256,
      ),
      cosign: mirror('COSIGN', env.KILN_COSIGN_RELEASE_URL, env.KILN_COSIGN_RELEASE_SHA256),
      helm: mirror('HELM', env.KILN_HELM_RELEASE_URL, env.KILN_HELM_RELEASE_SHA256),
      compose: mirror('COMPOSE', env.KILN_COMPOSE_RELEASE_URL, env.KILN_COMPOSE_RELEASE_SHA256),
      'kubectl-validate': mirror(
        'KUBECTL_VALIDATE',
        env.KILN_KUBECTL_VALIDATE_RELEASE_URL,
        env.KILN_KUBECTL_VALIDATE_RELEASE_SHA256,
      ),
    },
  }
}

function mirror(
  name: string,
  url: string | undefined,
  sum: string | undefined,
): ReleaseMirror | undefined {
  if (url === undefined && sum === undefined) return undefined
  if (url !== undefined && sum !== undefined) return { url, sha256: sum }
  throw new Problem([
    `KILN_${name}_RELEASE_URL and KILN_${name}_RELEASE_SHA256 are only used together`,
  ])
}
