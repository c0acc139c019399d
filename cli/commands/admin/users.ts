import type { Command } from 'commander'
import { commandOf, type PageOptions, withPaging } from '../../command-of.ts'
import { createSay } from '../../language.ts'
import { printPages } from '../../output/print-pages.ts'
import type { Runner } from '../../runner.ts'
import type { Session } from '../../session.ts'
import { adminTexts } from '../../texts/admin.ts'

interface Change {
  readonly operator?: boolean
  readonly disable?: boolean
  readonly enable?: boolean
}

export function addUsers(admin: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const users = commandOf(admin, 'users', adminTexts.users, language)
  withPaging(
    commandOf(users, 'ls', adminTexts.userList, language, { isDefault: true }),
    language,
  ).action(run(listUsers))
  commandOf(users, 'create', adminTexts.userCreate, language)
    .argument('<name>', say(adminTexts.userName))
    .option('--operator', say(adminTexts.operator))
    .action(
      run(async ({ client, answer }, name: string, { operator = false }: Change) => {
        const made = await client.users.create({ name, operator })
        answer(made, () => [made.name])
      }),
    )
  commandOf(users, 'set', adminTexts.userSet, language)
    .argument('<name>', say(adminTexts.userName))
    .option('--operator', say(adminTexts.operator))
    .option('--no-operator', say(adminTexts.noOperator))
    .option('--disable', say(adminTexts.disable))
    .option('--enable', say(adminTexts.enable))
    .action(run(changeUser))
}

async function listUsers(session: Session, options: PageOptions) {
  await printPages(session, options, {
    read: async (page) => session.client.users.list(page),
    key: 'users',
    rowsOf: (page) => page.users,
    heading: ['USER', 'OPERATOR', 'DISABLED', 'CREATED'],
    show: ({ name, operator, disabled, created_at: at }) => [
      name,
      operator ? 'yes' : '',
      disabled ? 'yes' : '',
      at,
    ],
  })
}

async function changeUser(session: Session, name: string, change: Change) {
  const { operator, disable, enable } = change
  const changed = await session.client.users.change(name, {
    ...(operator !== undefined && { operator }),
    ...((disable === true || enable === true) && { disabled: disable === true }),
  })
  session.answer(changed, () => [changed.name])
}
