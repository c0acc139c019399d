export type Version = readonly [major: number, minor: number, patch: number]

/** The first x.y or x.y.z in what a program prints about itself. */
export function findVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined
}

/** Same major version and not older than `minimum`. */
export function isAcceptable(found: Version | undefined, minimum: string): boolean {
  const least = findVersion(minimum)
  if (!found || !least || found[0] !== least[0]) return false
  return found[1] !== least[1] ? found[1] > least[1] : found[2] >= least[2]
}
