import { type Command, Option } from 'commander'
import { type EnvironmentState, environmentStates } from '#contract/environment.ts'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'

interface ListOptions extends PageOptions {
  readonly state?: EnvironmentState
}

/** Which there are, and what has happened to one. */
export function addEnvironmentLists(env: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const list = commandOf(env, 'ls', help.envList, language, { isDefault: true }).addOption(
    new Option('--state <state>', say(help.envState)).choices(environmentStates),
  )
  withPaging(list, language).action(run(listEnvironments))
  const events = commandOf(env, 'events', help.envEvents, language).argument(
    '<env>',
    say(help.envId),
  )
  withPaging(events, language).action(run(listEvents))
}

async function listEnvironments(session: Session, { state: wanted, ...paging }: ListOptions) {
  const { client, language: lang, project } = session
  await printPages(session, paging, {
    read: async (page) => client.environments.list({ project, state: wanted, lang, ...page }),
    key: 'environments',
    rowsOf: (page) => page.environments,
    heading: ['ENVIRONMENT', 'IMAGE', 'STATE', 'BY', 'NODE', ''],
    show: ({ id, image, version, state, created_by: by, node, reason, ...rest }) => [
      id,
      version === null ? image : `${image} v${version}`,
      state,
      by ?? '',
      node ?? '',
      rest.waiting_reason ?? reason?.text ?? '',
    ],
  })
}

async function listEvents(session: Session, id: string, options: PageOptions) {
  const { client, language: lang } = session
  await printPages(session, options, {
    read: async (page) => client.environments.events(id, { lang, ...page }),
    key: 'events',
    rowsOf: (page) => page.events,
    heading: ['WHEN', 'START', 'STATE', ''],
    show: ({ at, start, state, reason }) => [at, `${start}`, state, reason?.text ?? ''],
  })
}
