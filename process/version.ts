export type Version = readonly [major: number, minor: number, patch: number]

/** The first x.y or x.y.z in what a program prints about itself. */
export function findVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined
}

export function isAtLeast(found: Version | undefined, minimum: string): boolean {
  const least = findVersion(minimum)
  if (!found || !least) return false
  const index = found.findIndex((part, at) => part !== least[at])
  return index === -1 || (found[index] ?? 0) > (least[index] ?? 0)
}

/** Same major version and not older than `minimum`. */
export function isAcceptable(found: Version | undefined, minimum: string): boolean {
  return found?.[0] === findVersion(minimum)?.[0] && isAtLeast(found, minimum)
}
