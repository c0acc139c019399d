/** What one name is seen to point at over time. Times are of one clock, in ms. */
export interface Span {
  readonly invokedAt: number
  /** `Infinity` when no answer came. */
  readonly answeredAt: number
}

export interface Read extends Span {
  /** `undefined` when the name points at nothing. */
  readonly digest: string | undefined
}

/** Something that moved the name, in the order in which the database has it. */
export interface Write extends Span {
  readonly digest: string | undefined
  /** For people. */
  readonly what: string
}

export interface History {
  readonly writes: readonly Write[]
  readonly reads: readonly Read[]
}

/**
 * Looks for a moment within each span at which it may have happened at once, such that the writes have the order that was
 * recorded and each read tells the write before it. With the order of the writes given, trying the earliest place for each
 * read in the order of their beginnings decides. @returns what contradicts; `undefined` when the history is linearizable.
 */
export function findContradiction({ writes, reads }: History): string | undefined {
  for (const [index, write] of writes.entries()) {
    const earlier = writes.slice(0, index).find((one) => one.invokedAt > write.answeredAt)
    if (earlier !== undefined) return `${write.what} had ended before ${earlier.what} began`
  }
  const placed: { readonly read: Read; readonly after: number }[] = []
  for (const read of reads.toSorted((a, b) => a.invokedAt - b.invokedAt)) {
    const seen = placed.filter((one) => one.read.answeredAt < read.invokedAt)
    const ended = writes.findLastIndex((write) => write.answeredAt < read.invokedAt) + 1
    const least = Math.max(ended, ...seen.map(({ after }) => after))
    const begun = writes.findIndex((write) => write.invokedAt > read.answeredAt)
    const most = begun === -1 ? writes.length : begun
    const after = range(least, most).find((count) => writes[count - 1]?.digest === read.digest)
    if (after === undefined) return `a read of ${read.digest} fits nowhere from ${least} to ${most}`
    placed.push({ read, after })
  }
  return undefined
}

/** How many writes have happened: from the least to the most. */
function range(least: number, most: number): readonly number[] {
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index)
}
