import type { BuildRequest, SubmittedBuild } from '#contract/build.ts'
import type { PackageLists } from '#contract/packages.ts'
import type { BuildPlatforms } from '#contract/platform.ts'
import { composeDockerfile, packageContext } from '../../packages/compose-dockerfile.ts'
import type { Mirrors } from '../../packages/mirrors.ts'
import type { ItemProblem } from '../../packages/listed-item.ts'
import { normaliseLists } from '../../packages/normalise-lists.ts'
import { storeContext } from '../../records/contexts.ts'
import type { Scope } from '../../records/scope.ts'
import type { ContextStore } from '../contexts/store.ts'
import { Refusal } from '../refusal.ts'
import { type BaseDeps, type KnownBase, readBase } from './read-base.ts'

export interface ComposeDeps extends Pick<BaseDeps, 'locate'> {
  readonly scope: Scope
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

type Submitted = Pick<SubmittedBuild, 'base_image' | 'packages'>

/** More are of no use to anyone. */
const maxProblems = 50

/** Reads the lists and the base, and writes the Dockerfile. @throws Refusal that names each item that is refused. */
export async function composeBuild(
  { scope, locate, mirrors }: Omit<ComposeDeps, 'contexts'>,
  project: { readonly id: number; readonly name: string },
  { base_image: reference, packages }: Submitted,
  platforms: readonly BuildPlatforms[],
): Promise<ComposedBuild> {
  if (packages === undefined || reference === undefined) throw new Error('no list, or no base')
  const { lists, problems } = normaliseLists(packages)
  if (problems.length > 0) {
    const shown = problems.slice(0, maxProblems)
    const detail = shown.map(sayProblem).join('; ')
    throw new Refusal('packages_invalid', detail, shown)
  }
  const platform = platforms[0]?.target ?? 'linux/amd64'
  const base = await readBase({ farm: scope.farm, locate }, project, { reference, platform })
  return { ...composeDockerfile(lists, base, mirrors), packages: lists, base }
}

function sayProblem({ field, line, message }: ItemProblem): string {
  return `${field}${line === undefined ? '' : ` line ${line}`} ${message}`
}

/** Keeps the files of a composed build as a context of the project. @returns what is built. */
export async function keepComposed(
  { scope, contexts }: ComposeDeps,
  project: { readonly id: number },
  submitted: Omit<BuildRequest, 'dockerfile'>,
  { dockerfile, packages, files }: ComposedBuild,
): Promise<BuildRequest> {
  const { digest } = await contexts.write(files, async (tar, place) =>
    storeContext(scope, project.id, tar, place),
  )
  return { ...submitted, dockerfile, packages, contexts: { [packageContext]: digest } }
}
