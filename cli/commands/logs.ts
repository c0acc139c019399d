import { type Command, Option } from 'commander'
import { nodeStages } from '#contract/stage.ts'
import { displayLine } from '#contract/display-line.ts'
import { followBuild } from '../../client/follow-build.ts'
import { pages } from '../../client/pages.ts'
import { exitCauseOf, type ExitCode, exitCodes } from '../exit-code.ts'
import { commandOf, type PageOptions, positive, withPaging } from '../command-of.ts'
import { createSay } from '../language.ts'
import { createPlainLines } from '../progress/plain-lines.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { common } from '../texts/common.ts'
import { help } from '../texts/help.ts'
import { progressTexts } from '../texts/progress.ts'

interface LogsOptions extends PageOptions {
  readonly follow?: boolean
  readonly search?: string
  readonly ignoreCase?: boolean
  readonly stage?: string
  readonly attempt?: number
}

export function addLogs(program: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  const command = commandOf(program, 'logs', help.logs, deps.language)
    .argument('<build>', say(help.buildId))
    .option('-f, --follow', say(help.follow))
    .addOption(new Option('--search <text>', say(help.search)).conflicts('follow'))
    .option('-i, --ignore-case', say(help.ignoreCase))
    .addOption(new Option('--stage <stage>', say(help.stage)).choices(nodeStages))
    .option('--attempt <n>', say(help.attempt), positive)
  withPaging(command, deps.language).action(
    run(async (session, id: string, options: LogsOptions) => {
      if (options.follow === true) return follow(session, id)
      return options.search === undefined
        ? download(session, id, options)
        : search(session, id, options.search, options)
    }),
  )
}

/** Every line as it comes; as documents the events themselves. It ends as the build does. */
async function follow(session: Session, id: string): Promise<ExitCode> {
  const { client, deps, language, say, server, tell, answerEach } = session
  const { out } = deps.streams
  using stop = stopAtInterrupt(session)
  const lines = createPlainLines({ colours: deps.config.colours && out.isTTY === true })
  const following = {
    connection: client.connection,
    signal: stop.signal,
    random: deps.random,
    sleep: deps.sleep,
    onPause: () => tell(say(progressTexts.reconnecting, { server: server.origin })),
  }
  for await (const event of followBuild(following, id)) answerEach(event, () => lines(event))
  return exitCodes[exitCauseOf(await client.builds.read(id, language))]
}

/** What there is of it by now. */
async function download(session: Session, id: string, options: LogsOptions) {
  const { client, deps, json, answer } = session
  using stop = stopAtInterrupt(session)
  const reply = await client.builds.download(id, { attempt: options.attempt }, stop.signal)
  if (json) return answer({ build_id: id, text: await reply.text() }, () => [])
  const { out } = deps.streams
  for await (const bytes of reply.body ?? []) {
    if (!out.write(bytes)) await new Promise((resolve) => out.once('drain', resolve))
  }
}

async function search(session: Session, id: string, text: string, options: LogsOptions) {
  const { client, json, answer, answerEach, say, tell } = session
  const { limit, cursor, all = false, ignoreCase, stage, attempt } = options
  const wanted = { text, ignoreCase, stage, attempt }
  const read = async (page: { limit?: number | undefined; cursor?: string | undefined }) =>
    client.builds.search(id, wanted, page)
  const found = []
  let next: string | undefined
  for await (const page of pages(read, { limit, cursor })) {
    next = page.next_cursor
    found.push(...page.matches)
    if (!all) break
  }
  if (json) return answer({ matches: found, ...(next && { next_cursor: next }) }, () => [])
  for (const { attempt: of, line, stage: at, step, text: shown } of found) {
    const place = `${of}.${line} ${at} #${step}`
    answerEach({}, () => [`${place}: ${displayLine(shown, { colours: false })}`])
  }
  if (found.length === 0) tell(say(common.none))
  if (next !== undefined) tell(say(common.more, { cursor: next }))
}
