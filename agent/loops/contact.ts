/** When the farm was last heard. All times are of one monotonic clock, in ms. */
export interface Contact {
  /** The farm is asked something, at this time. */
  asked(at: number): void
  /** What was asked at this time was answered. */
  answered(at: number): void
  /** Whether something is not answered yet. */
  isWaiting(): boolean
  /** How long the node may still work; not more than 0 when it must not. */
  leftMs(at: number): number
}

/** Part of the lease after which something that has no answer means that the lease will not be renewed. */
const silentFor = 2 / 3

/**
 * Decides when a node has to stop by itself what it runs, since the farm may by then give it to another. The lease goes on
 * from when something was asked at the earliest, as the farm may have heard it at once; so only what was asked after that
 * and has no answer tells of silence. As a node asks four times in a lease, it stops before that ends.
 */
export function createContact(startedAt: number, leaseMs: number): Contact {
  let renewedAt = startedAt
  let open: number[] = []
  return {
    asked: (at) => void open.push(at),
    answered: (at) => {
      renewedAt = Math.max(renewedAt, at)
      open = open.filter((other) => other > at)
    },
    isWaiting: () => open.length > 0,
    leftMs: (at) => {
      // An agent that was held up has asked late.
      const endsAt = renewedAt + leaseMs
      const [first = Infinity] = open
      return Math.min(first + leaseMs * silentFor, endsAt) - at
    },
  }
}
