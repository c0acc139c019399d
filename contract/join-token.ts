/**
 * SHA-256 in hex of the authority that the certificate of the server is from, as a token for joining names it; `undefined` for
 * a server that is reached in the clear, or whose authority everybody knows.
 */
export function authorityOf(joinToken: string): string | undefined {
  return /^kiln_join_([0-9a-f]{64})_/.exec(joinToken)?.[1]
}
