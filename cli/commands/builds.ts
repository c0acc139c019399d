import type { Command } from 'commander'
import { explainBuild } from '../build/explain-build.ts'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { showDuration } from '../output/show-amount.ts'
import type { Runner } from '../runner.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'

interface BuildsOptions extends PageOptions {
  readonly name?: string
  readonly status?: string
}

const heading = ['BUILD', 'NAME', 'STATUS', 'STAGE', 'BY', 'CREATED', 'TIME']

export function addBuilds(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const command = commandOf(program, 'builds', help.builds, deps.language)
    .argument('[build]', say(help.buildId))
    .option('--name <name>', say(help.name))
    .option('--status <status>', say(help.status))
  withPaging(command, deps.language).action(
    run(async (session, id: string | undefined, options: BuildsOptions) => {
      const { client, project, language } = session
      if (id !== undefined) {
        const build = await client.builds.read(id, language)
        session.answer(build, () => explainBuild(build, session.say))
        return
      }
      const { name, status } = options
      await printPages(session, options, {
        read: async (page) => client.builds.list({ project, name, status, ...page }),
        key: 'builds',
        rowsOf: (page) => page.builds,
        heading,
        show: ({ id: build, name: of, status: is, stage, submitted_by: by, ...rest }) => [
          build,
          of,
          is,
          is === 'building' ? stage : '',
          by ?? '',
          rest.created_at,
          rest.duration_ms === null ? '' : showDuration(rest.duration_ms),
        ],
      })
    }),
  )
}

export function addCancel(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(program, 'cancel', help.cancel, deps.language)
    .argument('<build...>', say(help.buildId))
    .action(
      run(async ({ client, answer, say: tell }, ids: readonly string[]) => {
        const builds = []
        for (const id of ids) builds.push(await client.builds.cancel(id))
        answer({ builds }, () => ids.map((id) => tell(commands.cancelAsked, { id })))
      }),
    )
}
