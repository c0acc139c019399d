import type { Command } from 'commander'
import type { BuildSummary } from '#contract/answers.ts'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { pages } from '../../client/pages.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { common } from '../texts/common.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'

/** Builds that have not ended, with why they wait, and how many may run. */
export function addQueue(program: Command, { deps, run }: Runner): void {
  withPaging(commandOf(program, 'queue', help.queue, deps.language), deps.language).action(
    run(showQueue),
  )
}

async function showQueue(session: Session, { limit, cursor, all = false }: PageOptions) {
  const { client, project, answer, say, tell, json } = session
  const share = project === undefined ? client.farm.queue() : client.farm.projectQueue(project)
  const { running, max_running: max, ...rest } = await share
  const builds: BuildSummary[] = []
  let next: string | undefined
  const read = async (page: { limit?: number | undefined; cursor?: string | undefined }) =>
    client.builds.list({ project, status: 'building', ...page })
  for await (const page of pages(read, { limit, cursor })) {
    builds.push(...page.builds)
    next = page.next_cursor
    if (!all) break
  }
  const document = {
    ...rest,
    running,
    max_running: max,
    builds,
    ...(next && { next_cursor: next }),
  }
  answer(document, () => [
    say(projectTexts.running, { running, max: max ?? '∞' }),
    ...(builds.length === 0
      ? []
      : table(
          ['BUILD', 'PROJECT', 'NAME', 'STAGE', 'WAITS FOR'],
          builds.map((build) => [
            build.id,
            build.project,
            build.name,
            build.stage,
            build.waiting_reason ?? '',
          ]),
        )),
  ])
  if (!json && next !== undefined) tell(say(common.more, { cursor: next }))
}
