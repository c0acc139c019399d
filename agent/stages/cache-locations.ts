import type { BuildPlan } from '#contract/build.ts'
import type { CacheLocation } from '../buildkit/solve-options.ts'

/** A cache that comes and goes between two stages makes other bytes of the same plan; later attempts do without it. */
const lastImporting = 2

/** The caches that a build reads, and those that it writes once it has been pushed. Where they lie is the farm's choice. Pure. */
export function cacheLocations({ attempt, options, registry }: BuildPlan): {
  readonly imports: readonly CacheLocation[]
  readonly exports: readonly CacheLocation[]
} {
  const attrs = {
    ref: registry.cache,
    ...(registry.insecure && { 'registry.insecure': 'true' }),
  }
  const { import: imported = false, export: mode = 'off' } = options.cache ?? {}
  return {
    imports: imported && attempt <= lastImporting ? [{ type: 'registry', attrs }] : [],
    exports: mode === 'off' ? [] : [{ type: 'registry', attrs: { ...attrs, mode } }],
  }
}
