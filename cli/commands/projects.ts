import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import { showSize } from '../output/show-amount.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'
import { addProjectPolicies, describePolicies } from './project-policies.ts'

export function addProjects(program: Command, runner: Runner): void {
  const { deps, run } = runner
  const { language } = deps
  const say = createSay(language)
  const projects = commandOf(program, 'projects', help.projects, language)
  withPaging(
    commandOf(projects, 'ls', help.projectList, language, { isDefault: true }),
    language,
  ).action(
    run(async (session, options: PageOptions) => {
      await printPages(session, options, {
        read: async (page) => session.client.projects.list(page),
        key: 'projects',
        rowsOf: (page) => page.projects,
        heading: ['PROJECT', 'CREATED'],
        show: ({ name, created_at: at }) => [name, at],
      })
    }),
  )
  commandOf(projects, 'show', help.projectShow, language)
    .argument('<name>', say(help.projectName))
    .action(run(showProject))
  commandOf(projects, 'create', help.projectCreate, language)
    .argument('<name>', say(help.projectName))
    .action(
      run(async ({ client, answer }, name: string) => {
        const made = await client.projects.create(name)
        answer(made, () => [made.name])
      }),
    )
  addProjectPolicies(projects, runner)
}

async function showProject({ client, answer, say }: Session, name: string) {
  const project = await client.projects.read(name)
  answer(project, () =>
    pairs([
      [say(projectTexts.name), project.name],
      [say(projectTexts.bytes), showSize(project.registry.bytes)],
      ...describePolicies(project, say),
    ]),
  )
}

interface SetOptions {
  readonly fromFile?: string
}

export function addSecrets(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const secrets = commandOf(program, 'secrets', help.secrets, language)
  withPaging(
    commandOf(secrets, 'ls', help.secretList, language, { isDefault: true }),
    language,
  ).action(
    run(async (session, options: PageOptions) => {
      const { client, ownProject: project } = session
      await printPages(session, options, {
        read: async (page) => client.projects.listSecrets(project, page),
        key: 'secrets',
        rowsOf: (page) => page.secrets,
        heading: ['SECRET', 'SIZE', 'UPDATED'],
        show: ({ name, size, updated_at: at }) => [name, showSize(size), at],
      })
    }),
  )
  commandOf(secrets, 'set', help.secretSet, language)
    .argument('<name>', say(help.secretName))
    .addOption(new Option('--from-file <path>', say(help.fromFile)))
    .action(run(setSecret))
  commandOf(secrets, 'rm', help.secretRemove, language)
    .argument('<name>', say(help.secretName))
    .action(
      run(async ({ client, ownProject: project, answer, say: sayIn }, name: string) => {
        await client.projects.deleteSecret(project, name)
        answer({ name, deleted: true }, () => [sayIn(projectTexts.secretGone, { name })])
      }),
    )
}

/** Never from the command line, where everybody on the machine could read it. */
async function setSecret(session: Session, name: string, { fromFile }: SetOptions) {
  const { client, ownProject: project, deps, answer, say } = session
  const { input } = deps.streams
  const bytes = fromFile === undefined ? await buffer(input) : await readFile(fromFile)
  const stored = await client.projects.putSecret(project, name, bytes.toString('base64'))
  answer(stored, () => [say(projectTexts.secretSet, { name, size: stored.size })])
}
