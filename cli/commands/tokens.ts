import type { Command } from 'commander'
import { type TokenScope, tokenScopes } from '#contract/access.ts'
import { commandOf, gather, type PageOptions, positive, withPaging } from '../command-of.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { printPages } from '../output/print-pages.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'
import { projectTexts } from '../texts/projects.ts'

interface ListOptions extends PageOptions {
  readonly user?: string
}

interface CreateOptions {
  readonly scope?: readonly string[]
  readonly user?: string
  readonly days?: number
}

export function addTokens(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const tokens = commandOf(program, 'tokens', help.tokens, language)
  withPaging(commandOf(tokens, 'ls', help.tokenList, language, { isDefault: true }), language)
    .option('--user <name>', say(help.user))
    .action(run(listTokens))
  commandOf(tokens, 'create', help.tokenCreate, language)
    .argument('<name>', say(help.tokenName))
    .option('--scope <scope>', say(help.scope), gather)
    .option('--user <name>', say(help.user))
    .option('--days <n>', say(help.days), positive)
    .action(run(createToken))
  commandOf(tokens, 'rm', help.tokenRemove, language)
    .argument('<id>', say(help.tokenId))
    .action(
      run(async ({ client, answer, say: sayIn }, id: string) => {
        await client.farm.endToken(id)
        answer({ id, revoked: true }, () => [sayIn(projectTexts.tokenEnded, { id })])
      }),
    )
}

async function listTokens(session: Session, { user, ...paging }: ListOptions) {
  await printPages(session, paging, {
    read: async (page) => session.client.farm.listTokens({ user, ...page }),
    key: 'tokens',
    rowsOf: (page) => page.tokens,
    heading: ['ID', 'NAME', 'SCOPES', 'EXPIRES', 'REVOKED'],
    show: ({ id, name, scopes, expires_at: until, revoked_at: ended }) => [
      id,
      name,
      scopes.join(','),
      until ?? '',
      ended ?? '',
    ],
  })
}

/** The token goes to standard output alone, so that it can be kept without being seen. */
async function createToken(session: Session, name: string, options: CreateOptions) {
  const { client, project, answer, say } = session
  const { scope = ['read'], user, days } = options
  const made = await client.farm.makeToken({
    name,
    scopes: scope.map((text) => readScope(text, session)),
    ...(user !== undefined && { user }),
    ...(project !== undefined && { project }),
    ...(days !== undefined && { expires_in_days: days }),
  })
  answer(made, () => [made.token])
  if (!session.json) session.tell(say(commands.tokenShownOnce))
}

function readScope(text: string, { say }: Session): TokenScope {
  const scope = tokenScopes.find((known) => known === text)
  if (scope !== undefined) return scope
  const values = { option: '--scope', value: text, choices: tokenScopes.join(', ') }
  throw new CommandError(say(commands.notAnOption, values), exitCodes.usage)
}
