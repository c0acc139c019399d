import type { BuildOptions } from '#contract/build.ts'
import { readStageNames } from '../../dockerfile/stage-names.ts'
import { type FarmLimits, findExcess } from '../limits.ts'

export interface FieldError {
  readonly field: string
  readonly message: string
}

/** What is wrong with options in the light of the Dockerfile and of the farm; empty when nothing is. Pure. */
export function checkOptions(
  dockerfile: string,
  options: BuildOptions,
  farm: FarmLimits,
): readonly FieldError[] {
  return [
    ...checkTarget(dockerfile, options.target),
    ...checkNoCache(dockerfile, options.no_cache),
    ...findExcess(options.limits ?? {}, farm),
  ]
}

function checkTarget(dockerfile: string, target: string | undefined): readonly FieldError[] {
  if (target === undefined) return []
  return findUnknown([target], readStageNames(dockerfile)).map((message) => ({
    field: 'options.target',
    message,
  }))
}

/** The frontend knows stages without a cache by name only, and ignores a name that it does not know. */
function checkNoCache(
  dockerfile: string,
  noCache: BuildOptions['no_cache'],
): readonly FieldError[] {
  if (typeof noCache === 'boolean') return []
  return findUnknown(noCache, readStageNames(dockerfile)).map((message) => ({
    field: 'options.no_cache',
    message,
  }))
}

function findUnknown(names: readonly string[], known: readonly string[]): readonly string[] {
  const lower = new Set(known.map((name) => name.toLowerCase()))
  const listed = known.length === 0 ? 'no stage has a name' : `there are ${known.join(', ')}`
  return names
    .filter((name) => !lower.has(name.toLowerCase()))
    .map((name) => `there is no stage "${name}"; ${listed}`)
}
