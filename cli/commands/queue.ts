import type { Command } from 'commander'
import { pages, type PageQuery } from '../../client/pages.ts'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { common } from '../texts/common.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'

type QueuePage = Awaited<ReturnType<Session['client']['farm']['queue']>>
type QueuedBuild = QueuePage['builds'][number]

/** Builds that wait for a node: their places, why they wait, and when they are likely to start. */
export function addQueue(program: Command, { deps, run }: Runner): void {
  withPaging(commandOf(program, 'queue', help.queue, deps.language), deps.language).action(
    run(showQueue),
  )
}

async function showQueue(session: Session, { limit, cursor, all = false }: PageOptions) {
  const { client, project, language: lang, answer, say, tell, json } = session
  const builds: QueuedBuild[] = []
  let last: QueuePage | undefined
  const read = async (page: PageQuery) => client.farm.queue({ project, lang, ...page })
  for await (const page of pages(read, { limit, cursor })) {
    builds.push(...page.builds)
    last = page
    if (!all) break
  }
  const share = project === undefined ? last : await client.farm.projectQueue(project)
  if (last === undefined || share === undefined) return
  const { next_cursor: next } = last
  const { running, max_running: max, max_running_per_user: each, paused } = share
  const document = { ...share, builds, ...(next !== undefined && { next_cursor: next }) }
  answer(document, () => [
    say(projectTexts.running, { running, max: max ?? '∞' }),
    ...(each === null ? [] : [say(projectTexts.perUser, { max: each })]),
    ...(paused ? [say(projectTexts.paused, { reason: paused.reason })] : []),
    ...(builds.length === 0
      ? [say(projectTexts.nothingWaits)]
      : table(
          ['PLACE', 'BUILD', 'PROJECT', 'USER', 'NAME', 'WAITS FOR', 'STARTS'],
          builds.map(rowOf),
        )),
  ])
  if (!json && next !== undefined) tell(say(common.more, { cursor: next }))
}

function rowOf(build: QueuedBuild) {
  const { position, raised, priority, id, project, user, name, reason, start } = build
  // Places are counted in each class by itself.
  const order = raised === 0 ? '' : raised > 0 ? '↑' : '↓'
  const place = `${position}${order}${priority === 'scheduled' ? '*' : ''}`
  return [place, id, project, user ?? '', name, reason ?? '', start?.text ?? '']
}
