import { compareTurns, countBefore, type Turn, turnOf } from '../../matrix/fair-share.ts'
import { type Backlog, compareClasses, readBacklogs } from '../../records/backlog.ts'
import type { Scope } from '../../records/scope.ts'
import { type QueuedBuild, readNext } from './read-next.ts'

/** The last build of the page before. */
export interface QueueCursor extends Turn<number> {
  readonly raised: number
  readonly scheduled: boolean
}

export interface QueuePage {
  readonly builds: readonly QueuedBuild[]
  /** Every project and class with waiting builds, whether the caller sees them or not. */
  readonly backlogs: readonly Backlog[]
  readonly next?: QueueCursor
}

interface PageFilter {
  /** Name of the only project that is meant. */
  readonly project?: string | undefined
  readonly after?: QueueCursor | undefined
  readonly limit: number
}

/**
 * Waiting builds that the caller sees, in the order in which they will go as things stand. What ends, comes or is moved
 * between two pages may shift a build from one to the other.
 */
export async function readPage(
  scope: Scope,
  { project: only, after, limit }: PageFilter,
): Promise<QueuePage> {
  const backlogs = await readBacklogs(scope.farm)
  const seen = backlogs.filter(
    ({ project }) =>
      (scope.projects === 'all' || scope.projects.includes(project.id)) &&
      (only === undefined || project.name === only),
  )
  const builds: QueuedBuild[] = []
  for (const group of groupByClass(seen, after)) {
    const skipped = group.map((backlog) => countSkipped(backlog, after))
    const found = await readNext(scope.farm, group, skipped, limit + 1 - builds.length)
    builds.push(...found.toSorted((a, b) => compareTurns(turn(a), turn(b))))
    if (builds.length > limit) break
  }
  const page = builds.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined || builds.length <= limit) return { builds: page, backlogs }
  const { raised, scheduled } = last.backlog
  return { builds: page, backlogs, next: { raised, scheduled, ...turn(last) } }
}

const turn = ({ backlog: { project }, rank }: QueuedBuild) => turnOf(project.id, project, rank)

/** Those that the cursor has not passed yet, class by class. */
function groupByClass(
  backlogs: readonly Backlog[],
  after: QueueCursor | undefined,
): readonly (readonly Backlog[])[] {
  const open = backlogs.filter((one) => after === undefined || compareClasses(one, after) >= 0)
  return [
    ...Map.groupBy(open, ({ raised, scheduled }) => `${raised} ${scheduled}`).values(),
  ].toSorted(([a], [b]) => (a === undefined || b === undefined ? 0 : compareClasses(a, b)))
}

/** How many of a backlog the pages before have shown. */
function countSkipped(backlog: Backlog, after: QueueCursor | undefined): number {
  if (after === undefined || compareClasses(backlog, after) !== 0) return 0
  const { project } = backlog
  const count = countBefore(project.id, project, after)
  const isLast = compareTurns(turnOf(project.id, project, count), after) === 0
  return isLast ? count + 1 : count
}
