import type { PinnedBase } from '#contract/build.ts'
import { digestOfPinned } from '#contract/image.ts'
import type { ImageContents } from '#contract/image-contents.ts'

/**
 * The base that an image was built on: of the images that its build read, the one whose layers the image begins with, and
 * the longest of those. `undefined` where none is known. Pure.
 */
export function findBase(
  image: ImageContents,
  bases: readonly PinnedBase[],
  known: ReadonlyMap<string, ImageContents>,
): { readonly base: PinnedBase; readonly layers: number } | undefined {
  const candidates = bases.flatMap((base) => {
    const { layers } = known.get(digestOfPinned(base.pinned)) ?? { layers: [] }
    const fits = layers.length > 0 && layers.every((layer, at) => isSame(image.layers[at], layer))
    return fits ? [{ base, layers: layers.length }] : []
  })
  return candidates.toSorted((a, b) => b.layers - a.layers)[0]
}

type Layer = ImageContents['layers'][number]

function isSame(one: Layer | undefined, other: Layer): boolean {
  return one?.digest === other.digest
}
