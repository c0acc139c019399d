import type { ImageContents } from '#contract/image-contents.ts'

/**
 * The base that an image was built on: of the images that its build read, the one whose layers the image begins with, and
 * the longest of those. `undefined` where none is known. Pure.
 */
export function findBase<T>(
  image: ImageContents,
  candidates: readonly { readonly base: T; readonly contents: ImageContents }[],
): { readonly base: T; readonly layers: number } | undefined {
  const [longest] = candidates
    .filter(({ contents }) => contents.layers.length > 0 && beginsWith(image, contents))
    .toSorted((a, b) => b.contents.layers.length - a.contents.layers.length)
  return longest && { base: longest.base, layers: longest.contents.layers.length }
}

function beginsWith({ layers }: ImageContents, base: ImageContents): boolean {
  return base.layers.every(({ digest }, index) => layers[index]?.digest === digest)
}
