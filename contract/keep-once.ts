/** Asks at the first call and keeps the answer; what has failed is asked again by whoever calls next. */
export function keepOnce<T>(ask: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined
  return async () => {
    const asked = (kept ??= ask())
    try {
      return await asked
    } catch (error) {
      if (kept === asked) kept = undefined
      throw error
    }
  }
}
