import type { Overlay } from './overlay.ts'

/** The file systems that stacks of layers have made, so that nobody reads the layers of a base again. */
export interface KnownOverlays {
  /** `stack`: the digests of the layers, from the lowest to the highest. */
  find(stack: readonly string[]): Overlay | undefined
  keep(stack: readonly string[], overlay: Overlay): void
}

const maxKept = 32
/** As JSON. What takes more is rare, and would fill the memory that images of all projects are read in. */
const maxLength = 2 * 1024 * 1024

/** Forgets what was not asked for longest. */
export function createKnownOverlays(): KnownOverlays {
  const kept = new Map<string, Overlay>()
  const put = (key: string, overlay: Overlay) => {
    kept.delete(key)
    kept.set(key, overlay)
  }
  return {
    find: (stack) => {
      const key = stack.join(' ')
      const overlay = kept.get(key)
      if (overlay !== undefined) put(key, overlay)
      return overlay
    },
    keep: (stack, overlay) => {
      if (JSON.stringify([...overlay.files]).length > maxLength) return
      put(stack.join(' '), overlay)
      const [oldest] = kept.keys()
      if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest)
    },
  }
}
