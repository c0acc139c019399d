/**
 * Whether nodes may be judged by their leases: those that could not renew because this server was away are not gone, so
 * nothing is judged until one whole lease has been watched. To be asked at every look.
 */
export function createPatience(now: () => number, leaseMs: number): () => boolean {
  let watchedSince = now()
  let lastLook = watchedSince
  return () => {
    const at = now()
    if (at - lastLook > leaseMs / 2) watchedSince = at
    lastLook = at
    return at - watchedSince >= leaseMs
  }
}
