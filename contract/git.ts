/** The id of a commit, in full. */
const commit = /^([0-9a-f]{40}|[0-9a-f]{64})$/
/** A name with a dot and a top-level domain of letters: no address in any spelling and no name of one machine. */
const publicHost = /^([a-z0-9-]+\.)+[a-z]{2,}$/

export function isCommit(ref: string): boolean {
  return commit.test(ref)
}

/**
 * Whether the farm may read a repository: over https on its own port from a public name, and besides that from what the
 * operator has allowed, by `host` or `host:port`.
 */
export function mayReadGit(address: string, allowed: readonly string[]): boolean {
  const { protocol, hostname, port } = new URL(address)
  const actualPort = port || (protocol === 'https:' ? '443' : '80')
  if (allowed.includes(hostname) || allowed.includes(`${hostname}:${actualPort}`)) return true
  return protocol === 'https:' && actualPort === '443' && publicHost.test(hostname)
}
