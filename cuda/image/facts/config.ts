/** What of an image's configuration the analysis takes. */
export interface ImageConfig {
  readonly os: string
  /** As OCI names it: `amd64`, `arm64`. */
  readonly architecture: string
  /** `NAME=value`, as in the configuration. */
  readonly env: readonly string[]
}

/** Named one by one: variables like NVIDIA_API_KEY hold secrets, and facts are stored and shown. */
const kept = new Set([
  'CUDA_HOME',
  'CUDA_VERSION',
  'CUDA_VISIBLE_DEVICES',
  'LD_LIBRARY_PATH',
  'NCCL_VERSION',
  'NVIDIA_DISABLE_REQUIRE',
  'NVIDIA_DRIVER_CAPABILITIES',
  'NVIDIA_REQUIRE_CUDA',
  'NVIDIA_VISIBLE_DEVICES',
  'NV_CUDNN_VERSION',
])

const steering = ['LD_PRELOAD', 'LD_AUDIT', 'CUDA_INJECTION64_PATH', 'PYTHONHOME', 'PYTHONSTARTUP']

const maxValue = 8192

export function readEnv(config: ImageConfig): Record<string, string> {
  const pairs = variables(config).filter(([name]) => kept.has(name))
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.slice(0, maxValue)]))
}

/** Variables that make every program, or every Python, of the image load something else first. */
export function readSteering(config: ImageConfig): readonly string[] {
  const set = new Map(variables(config))
  return steering.filter((name) => (set.get(name) ?? '') !== '')
}

function variables({ env }: ImageConfig): readonly (readonly [string, string])[] {
  return env.map((pair) => {
    const at = pair.indexOf('=')
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
  })
}
