/** How late a reader may find out that they may read no more. */
const everyMs = 2_000

/** Pieces for as long as their reader may have them, who was let in when they began. */
export async function* whileAllowed(
  pieces: AsyncIterable<string>,
  isAllowed: () => Promise<boolean>,
  now: () => number,
): AsyncGenerator<string> {
  let asked = now()
  for await (const piece of pieces) {
    if (now() - asked >= everyMs) {
      if (!(await isAllowed())) return
      asked = now()
    }
    yield piece
  }
}
