const slash = 47
const firstSurrogate = 0xd800
const afterSurrogates = 0xe000

/**
 * Orders paths as a walk does that sorts each folder by the bytes of its names: a folder is directly followed by what it
 * holds. Strings compare by UTF-16, in which pairs of surrogates come too early, so each unit is ranked.
 */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  if (unit === slash) return 0
  if (unit < firstSurrogate) return unit
  return unit < afterSurrogates ? unit + 0x2000 : unit - 0x800
}
