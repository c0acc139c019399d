import { type Backlog, readBacklogs, readRank } from '../../records/backlog.ts'
import type { Db } from '../../records/connect.ts'
import type { Prediction } from '../../records/predictions.ts'
import { isScheduled, platformOf } from '../../records/waits.ts'
import { type Accuracy, judge, type Outlook, predictStart } from './estimate.ts'
import { findPlaces, furthest, type Place } from './find-place.ts'
import { findRank } from './find-rank.ts'
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
    .select(['project_id', 'raised', 'needs_gpu', 'submitted_by'])
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
  const { submitted_by: user } = build
  const own = await readRank(db, id, furthest)
  const rank = await findRank(db, backlog, { user, own })
  const [place] = await findPlaces(db, [{ backlog, rank }], backlogs)
  if (place === undefined) return undefined
  const outlook = await readOutlook(db, { platform: build.platform, needsGpu: build.needs_gpu })
  return {
    ...place,
    needsGpu: build.needs_gpu,
    ...foretellStart(outlook, backlog, { ...place, user, own }),
  }
}

/** Where a build comes, and among those of its user. */
interface UserPlace extends Pick<Place, 'ahead' | 'rank'> {
  /** Empty for nobody, who has no limit. */
  readonly user: string
  readonly own: number
}

/**
 * When a build starts for which the farm has room in time, and its project and user too, whose own builds alone wait for
 * that. Nothing where nothing is known to go by. Pure.
 */
export function foretellStart(
  outlook: Omit<Outlook, 'ahead'>,
  { project, maxPerUser }: Backlog,
  { ahead, rank, user, own }: UserPlace,
): Pick<Wait, 'start'> {
  if (project.paused !== null) return {}
  const { slots } = outlook
  const limitOf = (most: number | null) => Math.min(slots, most ?? slots)
  const predictions = [
    predictStart({ ...outlook, ahead }),
    predictStart({ ...outlook, slots: limitOf(project.maxRunning), ahead: rank }),
    predictStart({ ...outlook, slots: limitOf(user === '' ? null : maxPerUser), ahead: own }),
  ].flatMap((one) => one ?? [])
  const [latest] = predictions.toSorted((a, b) => b.expectedMs - a.expectedMs)
  return latest === undefined ? {} : { start: { ...latest, accuracy: judge(outlook.settled) } }
}
