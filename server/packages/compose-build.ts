import type { BuildRequest, SubmittedBuild } from '#contract/build.ts'
import type { PackageLists } from '#contract/packages.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { composeDockerfile, packageContext } from '../../packages/compose-dockerfile.ts'
import type { Mirrors } from '../../packages/mirrors.ts'
import type { ItemProblem } from '../../packages/listed-item.ts'
import { normaliseLists } from '../../packages/normalise-lists.ts'
import { storeContext } from '../../records/contexts.ts'
import type { RequestScope } from '../access/request-scope.ts'
import type { ContextStore } from '../contexts/store.ts'
import { Refusal } from '../refusal.ts'
import { type BaseWithLists, findLock } from './find-lock.ts'
import { type BaseDeps, type KnownBase, readBase } from './read-base.ts'

export interface ComposeDeps extends Pick<BaseDeps, 'locate'> {
  readonly scope: RequestScope
  readonly mirrors: Mirrors
  readonly contexts: Pick<ContextStore, 'write'>
}

/** A build that is made from lists, before anything of it is stored. */
export interface ComposedBuild {
  readonly dockerfile: string
  readonly packages: PackageLists
  readonly files: Readonly<Record<string, string>>
  readonly base: KnownBase
}

type Submitted = Pick<SubmittedBuild, 'base_image' | 'packages' | 'from_lock'>

/** More are of no use to anyone. */
const maxProblems = 50

/** Reads the lists and the base, and writes the Dockerfile. @throws Refusal that names each item that is refused. */
export async function composeBuild(
  { scope, locate, mirrors }: Omit<ComposeDeps, 'contexts'>,
  project: { readonly id: number; readonly name: string },
  submitted: Submitted,
  platforms: readonly BuildPlatforms[],
): Promise<ComposedBuild> {
  const lock = submitted.from_lock
  const { reference, lists } =
    lock === undefined ? readLists(submitted) : await findLock(scope, lock)
  const platform = platforms[0]?.target ?? 'linux/amd64'
  const base = await readBase({ farm: scope.farm, locate }, project, { reference, platform })
  return { ...composeDockerfile(lists, base, mirrors), packages: lists, base }
}

function readLists({ base_image: reference, packages }: Submitted): BaseWithLists {
  if (packages === undefined || reference === undefined) throw new Error('no list, or no base')
  const { lists, problems } = normaliseLists(packages)
  if (problems.length === 0) return { reference, lists }
  const shown = problems.slice(0, maxProblems)
  throw new Refusal('packages_invalid', shown.map(sayProblem).join('; '), shown)
}

function sayProblem({ field, line, message }: ItemProblem): string {
  return `${field}${line === undefined ? '' : ` line ${line}`} ${message}`
}

/** Keeps the files of a composed build as a context of the project. @returns what is built. */
export async function keepComposed(
  { scope, contexts }: ComposeDeps,
  project: { readonly id: number },
  submitted: Omit<BuildRequest, 'dockerfile'>,
  { dockerfile, packages, files, base }: ComposedBuild,
): Promise<BuildRequest> {
  const { digest } = await contexts.write(files, async (tar, place) =>
    storeContext(scope, project.id, tar, place),
  )
  const named = { [packageContext]: digest }
  return { ...submitted, base_image: base.name, dockerfile, packages, contexts: named }
}
