import { digestOfPinned } from '#contract/image.ts'
import type { PackageLists } from '#contract/packages.ts'
import { makeLock } from '../../packages/make-lock.ts'
import { findBuildPackages } from '../../records/build-packages.ts'
import { findSeenBuild } from '../../records/builds.ts'
import { readContents } from '../../records/contents.ts'
import { readPackages } from '../../records/image-packages.ts'
import type { Scope } from '../../records/scope.ts'
import { findBase } from '../diff/find-base.ts'
import { Refusal } from '../refusal.ts'

/** What makes the packages of a version again. */
export interface VersionLock {
  /** The base by digest; `null` when it is not known, or not for the caller. */
  readonly base: { readonly reference: string; readonly pinned: string } | null
  /** Whether the packages of the base are known; otherwise they are listed too. */
  readonly base_read: boolean
  readonly packages: PackageLists
  /** Packages that no list can name. */
  readonly omitted: number
}

/**
 * The lock of a version. It follows from the packages of two digests, which never change, so it is not kept apart.
 * @throws Refusal while nobody has read the packages of the version.
 */
export async function readLock(
  scope: Scope,
  { digest, build_id: buildId }: { readonly digest: string; readonly build_id: string },
): Promise<VersionLock> {
  const build = await findSeenBuild(scope, buildId)
  const bases = build?.bases ?? []
  const digests = [digest, ...bases.map(({ pinned }) => digestOfPinned(pinned))]
  const [contents, packages, asked] = await Promise.all([
    readContents(scope.db, digests),
    readPackages(scope.db, digests),
    build && findBuildPackages(scope.db, buildId),
  ])
  const own = packages.get(digest)
  if (own === undefined) {
    throw new Refusal('packages_unread', 'they are read soon after the version is published')
  }
  const image = contents.get(digest)
  const [only] = bases
  const base =
    (image && findBase(image, bases, contents)?.base) ?? (bases.length === 1 ? only : undefined)
  const below = base && packages.get(digestOfPinned(base.pinned))
  const { lists, omitted } = makeLock(own, below)
  const channels = asked?.conda_channels ?? []
  return {
    base: base ?? null,
    base_read: below !== undefined,
    packages: { ...lists, conda_channels: lists.conda.length === 0 ? [] : channels },
    omitted,
  }
}
