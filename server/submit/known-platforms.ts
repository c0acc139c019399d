import type { BuildPlatforms } from '#contract/platform.ts'
import type { Pool } from '../../records/connect.ts'
import { readBuildPlatforms } from '../../records/nodes.ts'

export type KnownPlatforms = (platform: string | undefined) => Promise<readonly BuildPlatforms[]>

/** Every node is looked at for it: not with each of a thousand builds. */
const knownForMs = 1_000
const maxKnown = 100

/** On what kinds of nodes builds are built, as it was within the last second. */
export function createKnownPlatforms(db: Pool, now: () => number): KnownPlatforms {
  const known = new Map<
    string,
    { readonly until: number; readonly kinds: ReturnType<KnownPlatforms> }
  >()
  return async (platform) => {
    const key = platform ?? ''
    const found = known.get(key)
    if (found !== undefined && found.until > now()) return found.kinds
    const kinds = readBuildPlatforms(db, platform)
    if (known.size >= maxKnown) known.clear()
    known.set(key, { until: now() + knownForMs, kinds })
    kinds.catch(() => known.delete(key))
    return kinds
  }
}
