import type { PackageKind, PackageLists } from '#contract/packages.ts'
import { heldPackages } from './held-packages.ts'
import { mirrorFiles, type Mirrors } from './mirrors.ts'
import { aptStep } from './steps/apt-step.ts'
import { condaStep } from './steps/conda-step.ts'
import { pipStep } from './steps/pip-step.ts'
import { places } from './steps/prelude.ts'

/** What the lists are put on. */
export interface PackageBase {
  /** As it was asked for, so that the same Dockerfile means a newer base once the name has moved. */
  readonly name: string
  /** Who its containers run as: '' and 0 are root. */
  readonly user: string
  /** Who shares caches of packages: a hash of the project and of the base. */
  readonly cacheScope: string
}

export interface PackageRecipe {
  readonly dockerfile: string
  /** The files of the context, by path: all that was submitted is in them. */
  readonly files: Readonly<Record<string, string>>
}

/** The context that holds the lists. */
export const packageContext = 'kiln-packages'

/** apt before Python, which may come by it; conda before pip, which then installs into conda's Python. */
const order: readonly PackageKind[] = ['apt', 'conda', 'pip']

/** The Dockerfile that puts packages on a base. Its steps are the same whatever the lists hold. Pure. */
export function composeDockerfile(
  lists: PackageLists,
  base: PackageBase,
  mirrors: Mirrors = {},
): PackageRecipe {
  const ofMirrors = mirrorFiles(mirrors, lists)
  const kinds = order.filter((kind) => lists[kind].length > 0)
  const isRoot = /^(|root|0)(:(root|0))?$/.test(base.user)
  const lines = [
    `FROM ${base.name}`,
    ...(isRoot ? [] : ['USER root']),
    ...kinds.map((kind) => runOf(kind, base.cacheScope)),
    ...(isRoot ? [] : [`USER ${base.user}`]),
  ]
  return {
    dockerfile: `${lines.join('\n')}\n`,
    files: Object.assign(
      {},
      ...kinds.map((kind) => ({ ...filesOf[kind](lists), ...ofMirrors[kind] })),
    ),
  }
}

const filesOf: Readonly<
  Record<PackageKind, (lists: PackageLists) => Readonly<Record<string, string>>>
> = {
  apt: ({ apt }) => ({ 'apt/packages': toLines(apt), 'apt/keep-downloads': keepDownloads }),
  conda: ({ conda, conda_channels: channels }) => ({
    'conda/packages': toLines(conda),
    'conda/channels': toLines(channels),
  }),
  pip: ({ pip, pip_constraints: constraints }) => ({
    'pip/requirements': toLines(pip),
    'pip/constraints': toLines(constraints),
    'pip/held': toLines(heldPackages(pip)),
  }),
}

/** Images of Debian and Ubuntu throw downloads away, which a cache that is no part of the image should not. */
const keepDownloads = `APT::Keep-Downloaded-Packages "true";\nBinary::apt::APT::Keep-Downloaded-Packages "true";\n`

function toLines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('')
}

const steps: Readonly<Record<PackageKind, string>> = {
  apt: aptStep,
  conda: condaStep,
  pip: pipStep,
}

function runOf(kind: PackageKind, scope: string): string {
  const mounts = [
    `type=bind,from=${packageContext},source=/${kind},target=${places.lists}`,
    `type=tmpfs,target=${places.work}`,
    ...cachesOf(kind, scope),
  ]
  const flags = mounts.map((mount) => `--mount=${mount}`).join(' \\\n    ')
  const end = `KILN_${kind.toUpperCase()}`
  return `RUN ${flags} \\\n    <<${end}\n${steps[kind]}\n${end}`
}

/**
 * Of apt the lists alone, not all of /var/lib/apt: which packages were asked for and which came along is kept there too, and
 * belongs to the image.
 */
function cachesOf(kind: PackageKind, scope: string): readonly string[] {
  const cache = (name: string, target: string, sharing = 'locked') =>
    `type=cache,id=kiln-${name}-${scope},target=${target},sharing=${sharing}`
  // pip alone bears others who write to its cache.
  if (kind !== 'apt') return [cache(kind, places.cache, kind === 'pip' ? 'shared' : 'locked')]
  const hook = '/etc/apt/apt.conf.d/docker-clean'
  return [
    cache('apt', '/var/cache/apt'),
    cache('apt-lists', '/var/lib/apt/lists'),
    `type=bind,from=${packageContext},source=/apt/keep-downloads,target=${hook}`,
  ]
}
