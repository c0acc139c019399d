import type { ImagePackages } from '#contract/image-packages.ts'

/** The versions of each package, by its kind, name and place: a name may be there more than once. Pure. */
export function listPackages({ packages }: ImagePackages): ReadonlyMap<string, string> {
  const versions = Map.groupBy(packages, ({ kind, name, place }) =>
    [kind, name, ...(place === undefined ? [] : [place])].join(' '),
  )
  return new Map(
    Array.from(versions, ([name, found]) => [
      name,
      found
        .map(({ version }) => version)
        .toSorted()
        .join(', '),
    ]),
  )
}
