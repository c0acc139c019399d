import type { BuildOptions } from '#contract/build.ts'

/** The most that a RUN of any build may use. `undefined`: as much as there is. */
export interface FarmLimits {
  /** Bytes. */
  readonly memory: number | undefined
  readonly cpus: number | undefined
}

type Limits = NonNullable<BuildOptions['limits']>

/** The limits of a build that asked for too much, each with what the farm allows. Pure. */
export function findExcess(limits: Limits, farm: FarmLimits) {
  return (['memory', 'cpus'] as const).flatMap((name) => {
    const [asked, allowed] = [limits[name], farm[name]]
    if (asked === undefined || allowed === undefined || asked <= allowed) return []
    return [{ field: `options.limits.${name}`, message: `this farm allows ${allowed} at most` }]
  })
}

/** What a build runs with: its own limits, and those of the farm where it has none or where they have been lowered. Pure. */
export function applyLimits(limits: Limits, farm: FarmLimits): Limits {
  const memory = least(limits.memory, farm.memory)
  const cpus = least(limits.cpus, farm.cpus)
  return {
    ...limits,
    ...(memory !== undefined && { memory }),
    ...(cpus !== undefined && { cpus }),
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
