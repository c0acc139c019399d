import type { WaitReason } from '#contract/wait-reason.ts'

interface Capped {
  readonly running: number
  readonly maxRunning: number | null
}

/** The cap that is reached, if one is; that of the project first, since its own people can do something about it. Pure. */
export function findCap(
  farm: Capped,
  project: Capped & { readonly name: string },
): WaitReason | undefined {
  const { name, running, maxRunning: max } = project
  if (max !== null && running >= max) return { code: 'project_cap', project: name, running, max }
  if (farm.maxRunning !== null && farm.running >= farm.maxRunning) {
    return { code: 'farm_cap', running: farm.running, max: farm.maxRunning }
  }
  return undefined
}
