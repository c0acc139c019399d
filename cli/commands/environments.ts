import type { Command } from 'commander'
import { parseBytes } from '#contract/bytes.ts'
import type { ShownEnvironment } from '#contract/answers.ts'
import type { EnvironmentState } from '#contract/environment.ts'
import { displayLine } from '#contract/display-line.ts'
import { commandOf, gather, positive } from '../command-of.ts'
import { CommandError } from '../command-error.ts'
import { readVolume } from '../environment/read-volume.ts'
import { runTerminal } from '../environment/run-terminal.ts'
import { exitCauseOfStart, exitCodes } from '../exit-code.ts'
import { createSay } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import { sendSafely } from '../send-safely.ts'
import type { Session } from '../session.ts'
import { stopAtInterrupt } from '../stop-at-interrupt.ts'
import { environmentTexts } from '../texts/environments.ts'
import { help } from '../texts/help.ts'
import { addEnvironmentLists } from './list-environments.ts'

interface StartOptions {
  readonly version?: number
  readonly gpu?: boolean
  readonly cpu?: string
  readonly memory?: string
  readonly disk?: string
  readonly port?: readonly string[]
  readonly volume?: readonly string[]
  readonly ttl?: number
  readonly idle?: number
  readonly detach?: boolean
}

export function addEnvironments(program: Command, runner: Runner): void {
  const { deps, run } = runner
  const { language } = deps
  const say = createSay(language)
  const env = commandOf(program, 'env', help.env, language)
  addEnvironmentLists(env, runner)
  commandOf(env, 'start', help.envStart, language)
    .argument('<image>', say(help.name))
    .argument('[command...]', say(help.command))
    .option('--version <n>', say(help.envVersion), positive)
    .option('--gpu', say(help.gpu))
    .option('--cpu <cores>', say(help.cpu))
    .option('--memory <size>', say(help.memory))
    .option('--disk <size>', say(help.disk))
    .option('-p, --port <port>', say(help.port), gather)
    .option('-v, --volume <volume>', say(help.volume), gather)
    .option('--ttl <seconds>', say(help.ttl), positive)
    .option('--idle <seconds>', say(help.idle), positive)
    .option('-d, --detach', say(help.envDetach))
    .action(run(start))
  const one = (name: string, about: (typeof help)[keyof typeof help]) =>
    commandOf(env, name, about, language).argument('<env>', say(help.envId))
  one('show', help.envShow).action(
    run(async (session, id: string) => {
      tell(session, await session.client.environments.read(id, language))
    }),
  )
  one('restart', help.envRestart)
    .option('-d, --detach', say(help.envDetach))
    .action(
      run(async (session, id: string, { detach }: StartOptions) =>
        awaitStart(session, await session.client.environments.restart(id), detach),
      ),
    )
  one('stop', help.envStop).action(
    run(async (session, id: string) => tell(session, await session.client.environments.stop(id))),
  )
  one('rm', help.envRemove).action(
    run(async ({ client, answer, say: sayIn }, id: string) => {
      await client.environments.delete(id)
      answer({ id, deleted: true }, () => [sayIn(environmentTexts.removed, { id })])
    }),
  )
  one('logs', help.envLogs).option('-f, --follow', say(help.envFollow)).action(run(logs))
  one('open', help.envOpen)
    .argument('<port>', say(help.envPort), positive)
    .action(
      run(async ({ client, answer }, id: string, port: number) => {
        const ticket = await client.environments.openPort(id, port)
        answer(ticket, () => [ticket.url])
      }),
    )
  one('exec', help.envExec)
    .argument('[command...]', say(help.command))
    .action(
      run(async (session, id: string, command: string[]) => runTerminal(session, id, command)),
    )
}

async function start(session: Session, image: string, command: string[], options: StartOptions) {
  const { cpu, memory, port = [], ttl, idle } = options
  const bytes = readSize(session, '--memory', memory)
  const diskBytes = readSize(session, '--disk', options.disk)
  const wanted = {
    project: session.ownProject,
    image,
    ...(options.version !== undefined && { version: options.version }),
    gpu: options.gpu === true,
    ...(command.length > 0 && { command }),
    ...(cpu !== undefined && { cpu: Number(cpu) }),
    ...(bytes !== undefined && { memory_bytes: bytes }),
    ...(diskBytes !== undefined && { disk_bytes: diskBytes }),
    ports: port.map(Number),
    volumes: (options.volume ?? []).map((text) => requireVolume(session, text)),
    ...(ttl !== undefined && { ttl_seconds: ttl }),
    ...(idle !== undefined && { idle_seconds: idle }),
  }
  const environment = await sendSafely(session, async (headers) =>
    session.client.environments.start(wanted, session.language, headers),
  )
  return awaitStart(session, environment, options.detach)
}

/** @throws CommandError */
function requireVolume({ say }: Session, text: string) {
  const volume = readVolume(text)
  if (volume !== undefined) return volume
  throw new CommandError(say(environmentTexts.badVolume, { text }), exitCodes.usage)
}

/** @throws CommandError */
function readSize({ say }: Session, option: string, text?: string): number | undefined {
  const bytes = text === undefined ? undefined : parseBytes(text)
  if (text === undefined || bytes !== undefined) return bytes
  throw new CommandError(say(environmentTexts.badSize, { option, text }), exitCodes.usage)
}

const pollMs = 500
const onTheWay: readonly string[] = ['waiting', 'pulling', 'starting'] satisfies EnvironmentState[]

/** Tells each state until it runs, or will not. */
async function awaitStart(session: Session, first: ShownEnvironment, detach = false) {
  const { client, deps, language, tell: tellMeanwhile, say } = session
  using stop = stopAtInterrupt(session)
  let environment = first
  let told = ''
  if (!detach) {
    while (onTheWay.includes(environment.state)) {
      const { state, waiting_reason: waiting } = environment
      const now = waiting === null ? state : say(environmentTexts.waiting, { reason: waiting })
      if (now !== told) tellMeanwhile(now)
      told = now
      await deps.sleep(pollMs, stop.signal)
      environment = await client.environments.read(environment.id, language)
    }
  }
  tell(session, environment)
  return exitCodes[exitCauseOfStart(environment)]
}

/** Since it was made, and now. */
function usageOf(
  { cpu_seconds: cpu, memory_bytes: memory, disk_bytes: disk }: Usage,
  say: Session['say'],
): [string, string] {
  const sizes = [memory, disk].map((bytes) => (bytes === null ? '–' : showSize(bytes)))
  return [say(environmentTexts.usage), `${cpu} CPU s, ${sizes.join(', ')}`]
}

type Usage = NonNullable<ShownEnvironment['usage']>

function tell({ answer, say, server }: Session, environment: ShownEnvironment): void {
  const {
    id,
    image,
    version,
    state,
    node,
    reason,
    cpu,
    memory_bytes: memory,
    ports,
    volumes = [],
    usage,
  } = environment
  answer(environment, () => [
    ...pairs([
      [say(environmentTexts.id), id],
      [say(environmentTexts.image), version === null ? image : `${image} v${version}`],
      [say(environmentTexts.state), state],
      [say(environmentTexts.node), node ?? ''],
      [say(environmentTexts.limits), `${cpu} CPU, ${showSize(memory)}`],
      ...(usage == null ? [] : [usageOf(usage, say)]),
      ...volumes.map(({ volume, path, read_only: readOnly }): [string, string] => [
        say(environmentTexts.volume),
        `${volume}:${path}${readOnly ? ':ro' : ''}`,
      ]),
      ...ports.map((port): [string, string] => [
        say(environmentTexts.port, { port }),
        new URL(`/environments/${id}/ports/${port}/`, server).href,
      ]),
    ]),
    ...(reason === null ? [] : [reason.text]),
  ])
}

const show = (line: string) => displayLine(line, { colours: false })

async function logs(
  session: Session,
  id: string,
  { follow = false }: { readonly follow?: boolean },
) {
  using stop = stopAtInterrupt(session)
  let rest = ''
  for await (const text of session.client.environments.logs(id, follow, stop.signal)) {
    // It comes in pieces that end anywhere.
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    session.answerEach({ text }, () => lines.map(show))
  }
  if (rest !== '' && !session.json) session.answerEach({}, () => [show(rest)])
}
