/** Lines of the Dockerfile, counted from 1, both included. */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/** A range as the daemon writes it; one that lies on a single line may lack its end. */
interface WrittenRange {
  readonly start?: { readonly line: number } | undefined
  readonly end?: { readonly line: number } | undefined
}

export function readRange({ start, end }: WrittenRange): LineRange {
  const first = start?.line ?? 0
  return { start: first, end: Math.max(first, end?.line ?? 0) }
}
