/** Compares dotted numbers part by part; a missing part counts as 0, so that `580` equals `580.0`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

export function isAtLeast(version: string, floor: string): boolean {
  return compareVersions(version, floor) >= 0
}

export function majorOf(version: string): number {
  return Number(version.split('.')[0])
}

/** `11.8` of `11.8.89`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}
