import { createMiddleware } from 'hono/factory'

/** Requests that are being worked on. One whose answer streams is done as soon as that begins. */
export interface InFlight {
  readonly begin: () => void
  readonly end: () => void
  /** @returns once there are none, or after the limit. */
  readonly settled: (limitMs: number) => Promise<void>
}

export function createInFlight(): InFlight {
  let count = 0
  let waiting: (() => void) | undefined
  return {
    begin: () => {
      count += 1
    },
    end: () => {
      count -= 1
      if (count === 0) waiting?.()
    },
    settled: async (limitMs) => {
      if (count === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = resolve
      const timer = setTimeout(resolve, limitMs)
      await promise
      clearTimeout(timer)
    },
  }
}

export function countInFlight({ begin, end }: InFlight) {
  return createMiddleware(async (_, next) => {
    begin()
    try {
      await next()
    } finally {
      end()
    }
  })
}
