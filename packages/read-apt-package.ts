import { type Reading, refuseAnywhere } from './reading.ts'

// Names and versions as the policy of Debian has them.
const grammar = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9][a-z0-9-]*)?(?:=[0-9][A-Za-z0-9.+:~-]*)?$/

/** A Debian package as `name`, `name:architecture` or `name=version`. Pure. */
export function readAptPackage(text: string): Reading {
  const trimmed = text.trim()
  const problem = refuseAnywhere(text) ?? refuseAction(trimmed)
  if (problem !== undefined) return { problem }
  if (grammar.test(trimmed)) return { item: trimmed }
  return {
    problem: 'is no package of apt: expected name, name:architecture or name=version',
  }
}

/** What apt-get takes a name for that ends so: to remove the package. */
function refuseAction(text: string): string | undefined {
  return /^[^=]*-$/.test(text) ? 'ends in "-", which would remove a package' : undefined
}
