import type { WaitReason } from '#contract/wait-reason.ts'

interface Held {
  readonly running: number
  readonly maxRunning: number | null
  readonly paused: string | null
}

/**
 * What keeps a project's builds from any node: an operator, or a cap that is reached, if there is such a thing. That of
 * the project is told before that of the farm, since its own people can do something about it. Pure.
 */
export function findHold(
  farm: Held,
  project: Held & { readonly name: string },
): WaitReason | undefined {
  const { name, running, maxRunning: max } = project
  if (farm.paused !== null) return { code: 'farm_paused', because: farm.paused }
  if (project.paused !== null) {
    return { code: 'project_paused', project: name, because: project.paused }
  }
  if (max !== null && running >= max) return { code: 'project_cap', project: name, running, max }
  if (farm.maxRunning !== null && farm.running >= farm.maxRunning) {
    return { code: 'farm_cap', running: farm.running, max: farm.maxRunning }
  }
  return undefined
}
