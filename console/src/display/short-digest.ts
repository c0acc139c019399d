/** A digest, or what is pinned to one, as people tell them apart: `sha256:0123456789ab…`. Pure. */
export function shortDigest(pinned: string): string {
  const digest = /sha256:([0-9a-f]{12})[0-9a-f]+$/.exec(pinned)?.[1]
  return digest === undefined ? pinned : `sha256:${digest}…`
}
