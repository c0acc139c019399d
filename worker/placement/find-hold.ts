import type { WaitReason } from '#contract/wait-reason.ts'
import type { LaneShares, RoundShares } from './round-shares.ts'

/**
 * What keeps a user's builds in a project from any node: an operator, or a cap that is reached, if there is such a thing.
 * What its own people can do something about is told first. Pure.
 */
export function findHold(
  farm: Pick<RoundShares['farm'], 'running' | 'maxRunning' | 'maxPerUser' | 'paused'>,
  { project, user }: LaneShares,
): WaitReason | undefined {
  const { name, running, maxRunning: max } = project
  if (farm.paused !== null) return { code: 'farm_paused', because: farm.paused }
  if (project.paused !== null) {
    return { code: 'project_paused', project: name, because: project.paused }
  }
  const capped = findUserCap(farm.maxPerUser, { project, user })
  if (capped !== undefined) return capped
  if (max !== null && running >= max) return { code: 'project_cap', project: name, running, max }
  if (farm.maxRunning !== null && farm.running >= farm.maxRunning) {
    return { code: 'farm_cap', running: farm.running, max: farm.maxRunning }
  }
  return undefined
}

/** What nobody has submitted by name is nobody's to have too much of. */
function findUserCap(ofFarm: number | null, { project, user }: LaneShares): WaitReason | undefined {
  const { name, running, everywhere } = user
  if (name === '') return undefined
  if (project.maxPerUser !== null && running >= project.maxPerUser) {
    return { code: 'user_cap', user: name, project: project.name, running, max: project.maxPerUser }
  }
  if (ofFarm !== null && everywhere >= ofFarm) {
    return { code: 'user_cap', user: name, running: everywhere, max: ofFarm }
  }
  return undefined
}
