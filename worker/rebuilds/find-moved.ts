import { ApplicationFailure } from '@temporalio/common'
import { digestOfPinned, parseLibraryName, parseReference, placeOfPinned } from '#contract/image.ts'
import type { MovedBase } from '#contract/rebuild.ts'
import type { Recipe } from '../../records/rebuilds.ts'
import { type PinDeps, pinImage } from '../activities/pin-image.ts'

export interface Compared {
  readonly moved: readonly MovedBase[]
  /** Of the bases, without host. */
  readonly repositories: readonly string[]
  /** Why one could not be looked up, in words, for people. */
  readonly problem: string | null
}

/**
 * Compares by digest what each base meant when an image was built with what its reference means now. A name that is built on
 * itself moves with every build, and says nothing.
 */
export async function findMoved(
  deps: PinDeps,
  { bases, projectId, ...image }: Recipe,
): Promise<Compared> {
  const moved: MovedBase[] = []
  let problem: string | null = null
  for (const { reference, pinned } of bases ?? []) {
    if (parseReference(reference)?.digest !== undefined || isSame(image, reference)) continue
    try {
      const [from, to] = [
        digestOfPinned(pinned),
        digestOfPinned(await pinImage(deps, projectId, { reference })),
      ]
      if (from !== to) moved.push({ reference, from, to })
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error
      problem ??= error.message
    }
  }
  const places = (bases ?? []).map(({ pinned }) => placeOfPinned(pinned))
  const repositories = new Set(places.map((place) => place.slice(place.indexOf('/') + 1)))
  return { moved, repositories: [...repositories], problem }
}

function isSame(image: Pick<Recipe, 'repository' | 'tag'>, reference: string): boolean {
  const name = parseLibraryName(reference)
  return name?.repository === image.repository && name.tag === image.tag
}
