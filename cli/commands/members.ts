import type { Command } from 'commander'
import { roles } from '#contract/access.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, type PageOptions, withPaging } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'

/** Who is in a project, and as what. */
export function addMembers(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const members = commandOf(program, 'members', help.members, language)
  withPaging(
    commandOf(members, 'ls', help.memberList, language, { isDefault: true }),
    language,
  ).action(run(listMembers))
  commandOf(members, 'set', help.memberSet, language)
    .argument('<user>', say(help.userName))
    .argument('<role>', say(help.role))
    .action(run(setMember))
  commandOf(members, 'rm', help.memberRemove, language)
    .argument('<user>', say(help.userName))
    .action(
      run(async ({ client, ownProject: project, answer, say: sayIn }: Session, user: string) => {
        await client.projects.removeMember(project, user)
        answer({ user, removed: true }, () => [sayIn(projectTexts.memberGone, { user, project })])
      }),
    )
}

async function listMembers(session: Session, options: PageOptions) {
  const { client, ownProject: project } = session
  await printPages(session, options, {
    read: async (page) => client.projects.listMembers(project, page),
    key: 'members',
    rowsOf: (page) => page.members,
    heading: ['USER', 'ROLE', 'SINCE', ''],
    show: ({ user, role, created_at: since, disabled }) => [
      user,
      role,
      since,
      disabled ? session.say(projectTexts.disabled) : '',
    ],
  })
}

async function setMember(session: Session, user: string, role: string) {
  const { client, ownProject: project, answer, say } = session
  if (!roles.some((known) => known === role)) {
    const values = { option: '<role>', value: role, choices: roles.join(', ') }
    throw new CommandError(say(commands.notAnOption, values), exitCodes.usage)
  }
  const member = await client.projects.setMember(project, user, role)
  answer(member, () => [say(projectTexts.memberSet, { user, role: member.role, project })])
}
