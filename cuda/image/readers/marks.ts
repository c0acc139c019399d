/** Characters in front of and after a mark that are handed over with it. */
const reach = 2048

/**
 * Looks for a mark in a file of any size and hands over the text around each one, as latin1. Between chunks it keeps two
 * times `reach`.
 */
export function findMarks(mark: string, found: (before: string, from: string) => void) {
  const needle = Buffer.from(mark, 'latin1')
  let held = Buffer.alloc(0)
  let next = 0
  const scan = (data: Buffer, end: number) => {
    for (
      let at = data.indexOf(needle, next);
      at >= 0 && at < end;
      at = data.indexOf(needle, at + 1)
    ) {
      const before = data.toString('latin1', Math.max(0, at - reach), at)
      found(before, data.toString('latin1', at, at + reach))
    }
  }
  return {
    write: (chunk: Buffer) => {
      const data = Buffer.concat([held, chunk])
      const end = Math.max(next, data.length - reach)
      scan(data, end)
      const kept = Math.max(0, end - reach)
      held = data.subarray(kept)
      next = end - kept
    },
    end: () => scan(held, held.length),
  }
}
