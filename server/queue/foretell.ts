import { type Backlog, readBacklogs, readRank } from '../../records/backlog.ts'
import type { Db } from '../../records/connect.ts'
import type { Prediction } from '../../records/predictions.ts'
import { isScheduled, platformOf } from '../../records/waits.ts'
import { type Accuracy, judge, type Outlook, predictStart } from './estimate.ts'
import { findPlaces, furthest, type Place } from './find-place.ts'
import { readOutlook } from './read-outlook.ts'

export interface Wait extends Place {
  readonly needsGpu: boolean
  /** Absent where nothing is known to go by. */
  readonly start?: Prediction & { readonly accuracy: Accuracy }
}

/** Where a waiting build comes, and when it is likely to start. `undefined` when it does not wait. */
export async function foretell(db: Db, id: string): Promise<Wait | undefined> {
  const build = await db
    .selectFrom('builds')
    .select(['project_id', 'raised', 'needs_gpu'])
    .select([isScheduled.as('scheduled'), platformOf.as('platform')])
    .where('id', '=', id)
    .where('waiting_since', 'is not', null)
    .where('cancel_requested_at', 'is', null)
    .executeTakeFirst()
  if (build === undefined) return undefined
  const backlogs = await readBacklogs(db)
  const backlog = backlogs.find(
    ({ project, raised, scheduled }) =>
      project.id === build.project_id && raised === build.raised && scheduled === build.scheduled,
  )
  if (backlog === undefined) return undefined
  const rank = await readRank(db, id, furthest)
  const [place] = await findPlaces(db, [{ backlog, rank }], backlogs)
  if (place === undefined) return undefined
  const outlook = await readOutlook(db, { platform: build.platform, needsGpu: build.needs_gpu })
  return { ...place, needsGpu: build.needs_gpu, ...foretellStart(outlook, backlog, place) }
}

/**
 * When a build starts for which the farm has room in time, and its project too, whose own builds alone wait for that.
 * Nothing where nothing is known to go by. Pure.
 */
export function foretellStart(
  outlook: Omit<Outlook, 'ahead'>,
  { project }: Backlog,
  { ahead, rank }: Place,
): Pick<Wait, 'start'> {
  if (project.paused !== null) return {}
  const byFarm = predictStart({ ...outlook, ahead })
  const slots = Math.min(outlook.slots, project.maxRunning ?? outlook.slots)
  const byProject = predictStart({ ...outlook, slots, ahead: rank })
  if (byFarm === undefined || byProject === undefined) return {}
  const later = byProject.expectedMs > byFarm.expectedMs ? byProject : byFarm
  return { start: { ...later, accuracy: judge(outlook.settled) } }
}
