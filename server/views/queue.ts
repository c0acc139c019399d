import { sayWait } from '#contract/wait-reason.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { type BuildRow, selectBuilds } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { countByProject, readRunning } from '../../records/known-nodes.ts'
import type { Scope } from '../../records/scope.ts'
import { type FarmShare, readFarmShare, readShare, readUserWeights } from '../../records/shares.ts'
import { sayStart } from '../queue/estimate.ts'
import { findPlaces } from '../queue/find-place.ts'
import { foretellStart, type Wait } from '../queue/foretell.ts'
import { type QueueCursor, readPage } from '../queue/read-page.ts'
import { type Kind, readOutlook } from '../queue/read-outlook.ts'

interface QueueFilter {
  /** Name of the only project that is meant. */
  readonly project?: string | undefined
  readonly after?: QueueCursor | undefined
  readonly limit: number
  readonly language: Language
}

/** How much of the farm is at work, and how much may be. */
export async function showFarmQueue({ farm: db }: Scope) {
  const [farm, running] = await Promise.all([readFarmShare(db), readRunning(db)])
  return {
    paused: showPaused(farm),
    max_running: farm.maxRunning,
    max_running_per_user: farm.maxPerUser,
    running: running.reduce((sum, { count }) => sum + count, 0),
  }
}

/** With one page of the builds that wait, in the order in which they will go. */
export async function showQueue(scope: Scope, { language, ...filter }: QueueFilter) {
  const [settings, page] = await Promise.all([showFarmQueue(scope), readPage(scope, filter)])
  const places = await findPlaces(scope.farm, page.builds, page.backlogs)
  const rows = await readRows(
    scope.db,
    page.builds.map(({ id }) => id),
  )
  const outlooks = await readOutlooks(scope.farm, [...rows.values()])
  const builds = page.builds.flatMap(({ id, backlog, user, own }, index) => {
    const [row, place] = [rows.get(id), places[index]]
    const outlook = row && outlooks.get(keyOf(kindOf(row)))
    if (row === undefined || place === undefined || outlook === undefined) return []
    const start = foretellStart(outlook, backlog, { ...place, user, own })
    return showWaiting(row, { ...place, ...start }, language)
  })
  return { ...settings, builds, ...(page.next && { next_cursor: encodeCursor(page.next) }) }
}

async function readRows(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, BuildRow>> {
  if (ids.length === 0) return new Map()
  const rows = await selectBuilds(db).where('builds.id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

const kindOf = ({ options, needs_gpu: needsGpu }: BuildRow): Kind => ({
  platform: options.platform ?? '',
  needsGpu,
})
const keyOf = ({ platform, needsGpu }: Kind) => `${platform} ${needsGpu}`

async function readOutlooks(db: Db, rows: readonly BuildRow[]) {
  const kinds = new Map(rows.map((row) => [keyOf(kindOf(row)), kindOf(row)]))
  const read = Array.from(kinds, async ([key, kind]) => [key, await readOutlook(db, kind)] as const)
  return new Map(await Promise.all(read))
}

function showWaiting(row: BuildRow, wait: Pick<Wait, 'position' | 'start'>, language: Language) {
  const { id, project, submitted_by: user, name, priority, raised } = row
  const { waiting_since: since, wait_reason: reason } = row
  return {
    id,
    project,
    user: user === '' ? null : user,
    name,
    priority,
    raised,
    waiting_since: since?.toISOString() ?? null,
    reason: reason && sayWait(reason)[language],
    ...showWait(wait, language),
  }
}

/** Where a waiting build comes, and when it is likely to start, in ms from now and in words. */
export function showWait(
  { position, start }: Pick<Wait, 'position' | 'start'>,
  language: Language,
) {
  return {
    position,
    start: start
      ? {
          from_ms: Math.round(start.lowMs),
          to_ms: Math.round(start.highMs),
          right: start.accuracy.right,
          of: start.accuracy.of,
          text: sayStart(start, start.accuracy)[language],
        }
      : null,
  }
}

function encodeCursor({ raised, scheduled, key, served, id }: QueueCursor): string {
  return [raised, Number(scheduled), key, served, id].join('_')
}

/** A project's part in it; the caller was found to see the project. */
export async function showProjectQueue({ farm: db }: Scope, projectId: number) {
  const [share, weights, running] = await Promise.all([
    readShare(db, projectId),
    readUserWeights(db, projectId),
    readRunning(db),
  ])
  return {
    paused: showPaused(share),
    weight: share.weight,
    user_weights: weights,
    max_running: share.maxRunning,
    max_running_per_user: share.maxPerUser,
    running: countByProject(running).get(projectId) ?? 0,
  }
}

function showPaused({ paused, pausedAt }: Pick<FarmShare, 'paused' | 'pausedAt'>) {
  return paused === null ? null : { since: pausedAt?.toISOString() ?? null, reason: paused }
}
