import type { Duplex } from 'node:stream'

/** How late somebody may find out that they may not go on. */
const everyMs = 3_000

/**
 * Calls `end` once whoever uses a stream may not any more, as when their session has ended. While that cannot be asked they go
 * on.
 */
export function endWithAccess(
  stream: Duplex,
  isAllowed: () => Promise<boolean>,
  end: () => void,
): void {
  let isAsking = false
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    const answer = await isAllowed().catch(() => true)
    isAsking = false
    if (answer || stream.destroyed) return
    clearInterval(timer)
    end()
  }
  const timer = setInterval(() => void ask(), everyMs)
  stream.once('close', () => clearInterval(timer))
}
