import { type Command, InvalidArgumentError } from 'commander'
import { commandOf, positive } from '../../command-of.ts'
import { createSay, type Text } from '../../language.ts'
import type { Runner } from '../../runner.ts'
import type { Session } from '../../session.ts'
import { adminTexts } from '../../texts/admin.ts'
import { help } from '../../texts/help.ts'
import { projectTexts } from '../../texts/projects.ts'

interface CancelOptions {
  readonly user?: string
  readonly name?: string
  readonly platform?: string
  readonly waitedSeconds?: number
  readonly atMost?: number
}

type Share = Awaited<ReturnType<Session['client']['queue']['resumeProject']>>

export function addQueueOrders(admin: Command, { deps, run }: Runner): void {
  const { language } = deps
  const say = createSay(language)
  const queue = commandOf(admin, 'queue', adminTexts.queue, language)
  commandOf(queue, 'pause', adminTexts.pause, language)
    .option('--reason <text>', say(adminTexts.pauseReason))
    .action(run(pause))
  commandOf(queue, 'resume', adminTexts.resume, language).action(
    run(async (session) => {
      const { client, project } = session
      const resumed =
        project === undefined ? client.queue.resume() : client.queue.resumeProject(project)
      tell(session, await resumed)
    }),
  )
  commandOf(queue, 'limit', adminTexts.limit, language)
    .argument('<count>', say(adminTexts.maxRunning), countOrNone)
    .option('--per-user', say(adminTexts.perUser))
    .action(run(limit))
  commandOf(queue, 'weight', adminTexts.weight, language)
    .argument('<weight>', say(adminTexts.weightValue), positive)
    .option('--user <user>', say(adminTexts.weightUser))
    .action(run(weigh))
  addOrder(queue, { deps, run }, ['raise', adminTexts.raise, 1])
  addOrder(queue, { deps, run }, ['lower', adminTexts.lower, -1])
  addOrder(queue, { deps, run }, ['restore', adminTexts.restore, 0])
  commandOf(queue, 'cancel', adminTexts.cancelWaiting, language)
    .option('--name <name>', say(help.name))
    .option('--user <user>', say(adminTexts.ofUser))
    .option('--platform <platform>', say(help.platform))
    .option('--waited-seconds <n>', say(adminTexts.waitedSeconds), positive)
    .option('--at-most <n>', say(adminTexts.atMost), positive)
    .action(run(cancelWaiting))
}

function addOrder(
  queue: Command,
  { deps, run }: Pick<Runner, 'deps' | 'run'>,
  [name, about, raised]: readonly [string, Text, -1 | 0 | 1],
): void {
  const say = createSay(deps.language)
  commandOf(queue, name, about, deps.language)
    .argument('<build>', say(help.buildId))
    .option('--node <node>', say(adminTexts.toNode))
    .action(
      run(async (session, id: string, { node }: { readonly node?: string }) => {
        const where = node ?? (raised === 0 ? null : undefined)
        const order = { raised, ...(where !== undefined && { node: where }) }
        await session.client.queue.order(id, order)
        session.answer({ id, ...order }, () => [session.say(adminTexts.ordered, { id })])
      }),
    )
}

/** `null` takes the limit away. @throws InvalidArgumentError */
function countOrNone(text: string): number | null {
  if (text === 'none') return null
  try {
    return positive(text)
  } catch {
    throw new InvalidArgumentError('expected a whole number from 1 on, or none')
  }
}

function tell({ answer, say }: Session, share: Share): void {
  const { running, max_running: max, max_running_per_user: each, paused } = share
  answer(share, () => [
    say(projectTexts.running, { running, max: max ?? '∞' }),
    ...(each === null ? [] : [say(projectTexts.perUser, { max: each })]),
    ...(paused ? [say(projectTexts.paused, { reason: paused.reason })] : []),
  ])
}

async function pause(session: Session, { reason }: { readonly reason?: string }) {
  const { client, project } = session
  const paused =
    project === undefined ? client.queue.pause(reason) : client.queue.pauseProject(project, reason)
  tell(session, await paused)
}

async function limit(
  session: Session,
  count: number | null,
  { perUser = false }: { readonly perUser?: boolean },
) {
  const { client, project } = session
  const change = perUser ? { max_running_per_user: count } : { max_running: count }
  const changed =
    project === undefined
      ? client.queue.change(change)
      : client.queue.changeProject(project, change)
  tell(session, await changed)
}

/** Of a project against the others, or of a user against the others in it. */
async function weigh(session: Session, weight: number, { user }: { readonly user?: string }) {
  const { client, ownProject: project, answer, say } = session
  const changed = await (user === undefined
    ? client.queue.changeProject(project, { weight })
    : client.queue.changeUser(project, user, { weight }))
  answer(changed, () => [
    say(adminTexts.weighs, { name: user === undefined ? project : `${user} (${project})`, weight }),
  ])
}

async function cancelWaiting(session: Session, options: CancelOptions) {
  const { client, project, answer, say } = session
  const { user, name, platform, waitedSeconds, atMost } = options
  const done = await client.queue.cancelMany({
    filter: {
      ...(project !== undefined && { project }),
      ...(user !== undefined && { user }),
      ...(name !== undefined && { name }),
      ...(platform !== undefined && { platform }),
      ...(waitedSeconds !== undefined && { waited_seconds: waitedSeconds }),
    },
    ...(atMost !== undefined && { at_most: atMost }),
  })
  const { count, cancelled } = done
  answer(done, () => [
    say(atMost === undefined ? adminTexts.counted : adminTexts.cancelled, { count, cancelled }),
  ])
}
