export interface BuildkitOptions {
  readonly root: string
  readonly socket: string
  readonly snapshotter: 'overlayfs' | 'native'
  readonly runc: string
  /** Steps get cgroups of their own below it. */
  readonly cgroup: string
  readonly cdiDirs: readonly string[]
  readonly cni: { readonly config: string; readonly plugins: string }
  /** Steps that run at once. */
  readonly parallelism: number
  readonly registry: URL | undefined
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
defaultCgroupParent = ${text(options.cgroup)}
gc = true
reservedSpace = "5%"
maxUsedSpace = "60%"
minFreeSpace = "20%"
${options.registry === undefined ? '' : registryConfig(options.registry)}`
}

function registryConfig({ host, protocol }: URL): string {
  return `
[registry.${JSON.stringify(host)}]
http = ${protocol === 'http:'}
`
}
