/** How a pause grows with the tries, in ms. */
export interface Growth {
  readonly firstMs: number
  readonly maxMs: number
}

/** The pause after so many tries: doubled each time up to the longest, ±25 %. Pure. */
export function pauseAfter({ firstMs, maxMs }: Growth, tries: number, random: number): number {
  return Math.min(maxMs, firstMs * 2 ** (tries - 1)) * (0.75 + random / 2)
}
