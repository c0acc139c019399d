export interface Clocks {
  /** In ms since 1970. */
  readonly now: () => number
  /** In ms, and never set. */
  readonly clock: () => number
}

/**
 * Whether nodes may be judged by their leases: those that could not renew because this server was away are not gone, nor are
 * those whose leases have ended by a clock that was set, so nothing is judged until one whole lease has been watched. To be
 * asked at every look.
 */
export function createPatience({ now, clock }: Clocks, leaseMs: number): () => boolean {
  let watchedSince = clock()
  let last = { at: watchedSince, shown: now() }
  return () => {
    const look = { at: clock(), shown: now() }
    const isSet = Math.abs(look.shown - last.shown) > leaseMs / 2
    if (look.at - last.at > leaseMs / 2 || isSet) watchedSince = look.at
    last = look
    return look.at - watchedSince >= leaseMs
  }
}
