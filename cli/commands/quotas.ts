import type { Command } from 'commander'
import { parseBytes } from '#contract/bytes.ts'
import { type QuotaName, quotaNames } from '#contract/quota.ts'
import { CommandError } from '../command-error.ts'
import { commandOf } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { createSay, type Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import { table } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'
import { help } from '../texts/help.ts'
import { misuse } from '../texts/misuse.ts'

/** What a project has, and may have. */
export function addQuotas(program: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const quotas = commandOf(program, 'quotas', help.quotas, language)
  commandOf(quotas, 'show', help.quotaShow, language, { isDefault: true }).action(
    run(async (session) => {
      const { client, ownProject: project } = session
      tellQuotas(session, await client.projects.quotas(project))
    }),
  )
  commandOf(quotas, 'set', help.quotaSet, language)
    .argument('<name=limit...>', say(help.quotaLimit))
    .action(
      run(async (session, limits: readonly string[]) => {
        const { client, ownProject: project } = session
        const change = Object.fromEntries(limits.map((text) => readLimit(text, session.say)))
        tellQuotas(session, await client.projects.changeQuotas(project, change))
      }),
    )
}

type Quotas = Awaited<ReturnType<Session['client']['projects']['quotas']>>

function tellQuotas({ answer }: Session, quotas: Quotas): void {
  answer(quotas, () =>
    table(
      ['QUOTA', 'USED', 'LIMIT'],
      Object.entries(quotas).map(([name, { use, limit }]) => [
        name,
        showUse(name, use),
        limit === null ? '∞' : showUse(name, limit),
      ]),
    ),
  )
}

const isBytes = (name: string) => name.endsWith('_bytes')

const showUse = (name: string, amount: number) => (isBytes(name) ? showSize(amount) : `${amount}`)

/** `images=20`, `registry_bytes=500GiB`; `none` takes a limit away. @throws CommandError */
function readLimit(text: string, say: Say): readonly [QuotaName, number | null] {
  const [, given = '', value = ''] = /^([a-z_]+)=(.+)$/.exec(text) ?? []
  const name = quotaNames.find((known) => known === given)
  if (name === undefined) {
    const values = { option: 'NAME=LIMIT', value: text, choices: quotaNames.join(', ') }
    throw new CommandError(say(commands.notAnOption, values), exitCodes.usage)
  }
  if (value === 'none') return [name, null]
  const amount = /^\d+$/.test(value) ? Number(value) : isBytes(name) ? parseBytes(value) : undefined
  if (amount === undefined || !Number.isSafeInteger(amount)) {
    throw new CommandError(say(misuse.quota, { text }), exitCodes.usage)
  }
  return [name, amount]
}
