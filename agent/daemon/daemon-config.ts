export interface BuildkitOptions {
  readonly root: string
  readonly socket: string
  readonly snapshotter: 'overlayfs' | 'native'
  readonly runc: string
  /** Steps get cgroups of their own below it. */
  readonly stepsCgroup: string
  readonly cdiDirs: readonly string[]
  readonly cni: { readonly config: string; readonly plugins: string }
  /** Steps that run at once. */
  readonly parallelism: number
  readonly registry: URL | undefined
  readonly authority?: string | undefined
  readonly cache: CacheLimits
}

/**
 * Bytes. Each daemon knows of its own cache only, so what all of them hold together is bounded by what the agent keeps
 * free on the disk, not by these.
 */
export interface CacheLimits {
  /** A cache that is no larger is never pruned by its own daemon. */
  readonly reserved: number
  /** A larger cache is pruned after a build. */
  readonly max: number
  /** A cache is pruned after a build when less is free on the disk. */
  readonly minFree: number
}

/** buildkitd's TOML. JSON strings and lists are also TOML strings and lists. */
export function buildkitConfig(options: BuildkitOptions): string {
  const text = JSON.stringify
  return `root = ${text(options.root)}
insecure-entitlements = ["device"]

[grpc]
address = [${text(`unix://${options.socket}`)}]

[cdi]
specDirs = ${text(options.cdiDirs)}

# Only the built-in Dockerfile frontend: a frontend image would be code chosen by the user, run by the daemon.
[frontend."gateway.v0"]
enabled = false

# What it remembers of a build holds its output as it was printed, secrets included: whoever starts this daemon deletes it.
[history]
maxAge = "1m"

[worker.containerd]
enabled = false

[worker.oci]
enabled = true
snapshotter = ${text(options.snapshotter)}
binary = ${text(options.runc)}
max-parallelism = ${options.parallelism}
networkMode = "cni"
cniConfigPath = ${text(options.cni.config)}
cniBinaryPath = ${text(options.cni.plugins)}
# Networks of steps that are kept ready: making one takes longer than most steps.
cniPoolSize = 2
defaultCgroupParent = ${text(options.stepsCgroup)}
gc = true
# In bytes: the daemon rounds percents up to the next GB, more than all of a small disk.
reservedSpace = "${options.cache.reserved}"
maxUsedSpace = "${options.cache.max}"
minFreeSpace = "${options.cache.minFree}"
${options.registry === undefined ? '' : registryConfig(options.registry, options.authority)}`
}

function registryConfig({ host, protocol }: URL, authority: string | undefined): string {
  return `
[registry.${JSON.stringify(host)}]
http = ${protocol === 'http:'}
${authority === undefined ? '' : `ca = [${JSON.stringify(authority)}]\n`}`
}
