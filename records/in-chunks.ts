/** Rows of one statement; each column of each is a parameter, and a statement takes 65,535. */
const maxRows = 1_000

export function* inChunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += maxRows) yield rows.slice(at, at + maxRows)
}
