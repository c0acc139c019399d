import { countByProject, readRunning } from '../../records/known-nodes.ts'
import type { Scope } from '../../records/scope.ts'
import { readFarmShare, readShare } from '../../records/shares.ts'

/** How much of the farm is at work, and how much may be. */
export async function showQueue({ farm: db }: Scope) {
  const [{ maxRunning }, running] = await Promise.all([readFarmShare(db), readRunning(db)])
  return {
    max_running: maxRunning,
    running: running.reduce((sum, { count }) => sum + count, 0),
  }
}

/** A project's part in it; the caller was found to see the project. */
export async function showProjectQueue({ farm: db }: Scope, projectId: number) {
  const [{ weight, maxRunning }, running] = await Promise.all([
    readShare(db, projectId),
    readRunning(db),
  ])
  return {
    weight,
    max_running: maxRunning,
    running: countByProject(running).get(projectId) ?? 0,
  }
}
