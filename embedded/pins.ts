/** Everything that is fetched or built, at exactly one version. Change a version here and in its `go/<folder>/go.mod`. */

export type ComponentName =
  | 'buildkit'
  | 'runc'
  | 'cni'
  | 'registry'
  | 'temporal'
  | 'temporal-ui'
  | 'nvidia-ctk'
  | 'cosign'
  | 'helm'
  | 'compose'
  | 'kubectl-validate'
export type Platform = 'linux-amd64' | 'linux-arm64'

export interface GoBuild {
  /** Folder below `embedded/go` that holds the go.mod and go.sum. */
  readonly folder: string
  readonly module: string
  readonly packages: Readonly<Record<string, string>>
  /** What the C parts need; absent where there are none. */
  readonly cgo?: 'gcc' | 'gcc and libseccomp'
  readonly tags?: string
  readonly ldflags?: string
  readonly usually: string
}

export interface Release {
  /** `{version}`, `{os}` and `{arch}` are filled in; a binary or a .tar.gz with the binaries anywhere in it. */
  readonly url: string
  readonly sha256: Readonly<Record<Platform, string>>
}

export interface Pin {
  readonly version: string
  /** The oldest version on PATH that is taken instead of the pinned one (same major version). */
  readonly accept: string
  /** What `--version` of the real thing prints, all of it; other programs have the same names. */
  readonly prints: readonly string[]
  /** The first binary is the component; all of them must be there. */
  readonly binaries: readonly [string, ...string[]]
  /** Absent where no checksum of an upstream release is known; the build from source is checked by go.sum. */
  readonly release?: Release
  readonly build: GoBuild
}

export const pins: Readonly<Record<ComponentName, Pin>> = {
  buildkit: {
    version: '0.34.2',
    accept: '0.34.0',
    prints: ['moby/buildkit'],
    binaries: ['buildkitd', 'buildctl'],
    build: {
      folder: 'buildkit',
      module: 'github.com/moby/buildkit',
      packages: {
        buildkitd: 'github.com/moby/buildkit/cmd/buildkitd',
        buildctl: 'github.com/moby/buildkit/cmd/buildctl',
      },
      ldflags: '-X github.com/moby/buildkit/version.Version=v0.34.2',
      usually: '3 minutes',
    },
  },
  runc: {
    version: '1.5.2',
    accept: '1.1.0',
    // Without seccomp compiled in, every RUN fails: buildkitd always sends a seccomp profile.
    prints: ['runc version', 'libseccomp:'],
    binaries: ['runc'],
    build: {
      folder: 'runc',
      module: 'github.com/opencontainers/runc',
      packages: { runc: 'github.com/opencontainers/runc' },
      cgo: 'gcc and libseccomp',
      tags: 'seccomp',
      usually: '20 seconds',
    },
  },
  cni: {
    version: '1.9.1',
    // The first with isolated ports on the bridge.
    accept: '1.6.0',
    prints: ['CNI bridge plugin'],
    binaries: ['bridge', 'host-local', 'loopback'],
    build: {
      folder: 'cni',
      module: 'github.com/containernetworking/plugins',
      packages: {
        bridge: 'github.com/containernetworking/plugins/plugins/main/bridge',
        'host-local': 'github.com/containernetworking/plugins/plugins/ipam/host-local',
        loopback: 'github.com/containernetworking/plugins/plugins/main/loopback',
      },
      ldflags:
        '-X github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=v1.9.1',
      usually: '10 seconds',
    },
  },
  registry: {
    version: '3.1.2',
    accept: '3.0.0',
    prints: ['distribution'],
    binaries: ['registry'],
    build: {
      folder: 'registry',
      module: 'github.com/distribution/distribution/v3',
      packages: { registry: 'github.com/distribution/distribution/v3/cmd/registry' },
      usually: '1 minute',
    },
  },
  temporal: {
    version: '1.32.0',
    accept: '1.31.0',
    prints: ['temporal version'],
    binaries: ['temporal-server', 'temporal-sql-tool'],
    build: {
      folder: 'temporal',
      module: 'go.temporal.io/server',
      packages: {
        'temporal-server': 'go.temporal.io/server/cmd/server',
        'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
      },
      usually: '4 minutes',
    },
  },
  'temporal-ui': {
    version: '2.54.1',
    accept: '2.40.0',
    prints: ['Temporal UI'],
    binaries: ['temporal-ui'],
    build: {
      folder: 'temporal-ui',
      module: 'github.com/temporalio/ui-server/v2',
      packages: { 'temporal-ui': 'github.com/temporalio/ui-server/v2/cmd/server' },
      usually: '15 seconds',
    },
  },
  'nvidia-ctk': {
    version: '1.20.1',
    accept: '1.18.0',
    prints: ['NVIDIA Container Toolkit'],
    binaries: ['nvidia-ctk', 'nvidia-cdi-hook'],
    build: {
      folder: 'nvidia-ctk',
      module: 'github.com/NVIDIA/nvidia-container-toolkit',
      packages: {
        'nvidia-ctk': 'github.com/NVIDIA/nvidia-container-toolkit/cmd/nvidia-ctk',
        'nvidia-cdi-hook': 'github.com/NVIDIA/nvidia-container-toolkit/cmd/nvidia-cdi-hook',
      },
      cgo: 'gcc',
      // NVML's symbols are looked up when they are first called: the driver's library brings them.
      ldflags:
        "'-extldflags=-Wl,--export-dynamic -Wl,--unresolved-symbols=ignore-in-object-files -Wl,-z,lazy' " +
        '-X github.com/NVIDIA/nvidia-container-toolkit/internal/info.version=1.20.1',
      usually: '30 seconds',
    },
  },
  /** For tests alone: a client that others wrote, of what Kiln signs. */
  cosign: {
    version: '3.1.3',
    accept: '3.0.0',
    prints: ['GitVersion'],
    binaries: ['cosign'],
    build: {
      folder: 'cosign',
      module: 'github.com/sigstore/cosign/v3',
      packages: { cosign: 'github.com/sigstore/cosign/v3/cmd/cosign' },
      ldflags: '-X sigs.k8s.io/release-utils/version.gitVersion=v3.1.3',
      usually: '8 minutes',
    },
  },
  /** For tests alone: what `deploy/helm` is rendered and looked at with. */
  helm: {
    version: '3.22.0',
    accept: '3.14.0',
    prints: ['version.BuildInfo'],
    binaries: ['helm'],
    build: {
      folder: 'helm',
      module: 'helm.sh/helm/v3',
      packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
      usually: '3 minutes',
    },
  },
  /** For tests alone: the reader of Compose files that Docker Compose itself is made of. */
  compose: {
    version: '2.16.2',
    accept: '2.0.0',
    prints: ['Compose Specification'],
    binaries: ['compose-spec'],
    build: {
      folder: 'compose',
      module: 'github.com/compose-spec/compose-go/v2',
      packages: { 'compose-spec': 'github.com/compose-spec/compose-go/v2/cmd' },
      usually: '30 seconds',
    },
  },
  /** For tests alone: checks manifests as an API server does, with the schemas of Kubernetes in it. */
  'kubectl-validate': {
    version: '0.0.4',
    accept: '0.0.4',
    prints: ['kubectl-validate'],
    binaries: ['kubectl-validate'],
    build: {
      folder: 'kubectl-validate',
      module: 'sigs.k8s.io/kubectl-validate',
      packages: { 'kubectl-validate': 'sigs.k8s.io/kubectl-validate' },
      usually: '2 minutes',
    },
  },
}

/** The toolchain as the Go module proxy serves it: `<proxy>/golang.org/toolchain/@v/<version>.<platform>.zip`. */
export const goToolchain = {
  version: '1.26.8',
  moduleVersion: 'v0.0.1-go1.26.8',
  defaultProxy: 'https://proxy.golang.org',
  sha256: {
    'linux-amd64': '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
    'linux-arm64': '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
  },
} as const satisfies { readonly sha256: Readonly<Record<Platform, string>> } & Record<
  string,
  unknown
>

export interface PipPin {
  readonly name: string
  readonly version: string
  /** Of the wheel for each platform that Kiln builds on. */
  readonly sha256: Readonly<Record<Platform, string>>
}

/** A C compiler for any Linux as a Python package: what it builds here runs in images that are older than this machine. */
export const zig: PipPin = {
  name: 'ziglang',
  version: '0.17.1',
  sha256: {
    'linux-amd64': 'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54',
    'linux-arm64': 'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e',
  },
}
