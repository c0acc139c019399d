import type { BuildDetail } from '#contract/answers.ts'
import { followBuild } from '../../client/follow-build.ts'
import { ServerError } from '../../client/server-error.ts'
import { askYesNo } from '../ask-yes-no.ts'
import type { Display } from '../progress/display.ts'
import type { Session } from '../session.ts'
import { progressTexts } from '../texts/progress.ts'

/** How often it is asked why a build waits, in ms. */
const reasonMs = 2_000

/**
 * Shows a build to its end. Ctrl-C asks once whether to cancel it, and at the second time leaves; where nobody can be
 * asked it cancels. @returns the build as it ended; `undefined` when the one who watched has left it running.
 * @throws ServerError
 */
export async function watchBuild(
  session: Session,
  display: Display,
  buildId: string,
): Promise<BuildDetail | undefined> {
  const { client, deps, language, say, server } = session
  const done = new AbortController()
  using interrupts = new DisposableStack()
  interrupts.use(deps.onInterrupt(createOnInterrupt(session, display, buildId, done)))
  const reasons = tellReasons(session, display, buildId, done.signal)
  const following = {
    connection: client.connection,
    signal: done.signal,
    random: deps.random,
    sleep: deps.sleep,
    onPause: () => display.note(say(progressTexts.reconnecting, { server: server.origin })),
  }
  try {
    for await (const event of followBuild(following, buildId)) display.event(event)
  } catch (error) {
    if (!done.signal.aborted) throw error
  } finally {
    if (!done.signal.aborted) done.abort('ended')
    await reasons
  }
  return done.signal.reason === 'left' ? undefined : client.builds.read(buildId, language)
}

function createOnInterrupt(
  { client, deps, say }: Session,
  display: Display,
  buildId: string,
  done: AbortController,
): () => void {
  const { streams } = deps
  let asking: AbortController | undefined
  const cancel = async () => {
    display.note(say(progressTexts.cancelling, { id: buildId }))
    await client.builds.cancel(buildId).catch((error: unknown) => {
      display.note(error instanceof ServerError ? error.message : String(error))
    })
  }
  const ask = async (answer: AbortController) => {
    display.hold(true)
    const isMeant = await askYesNo(streams, say(progressTexts.askCancel), answer.signal)
    display.hold(false)
    asking = undefined
    if (isMeant) await cancel()
  }
  return () => {
    if (asking !== undefined) {
      asking.abort()
      done.abort('left')
      return
    }
    asking = new AbortController()
    // Nobody can be asked in a pipeline, whose end means that the build is not wanted any more.
    void (streams.input.isTTY === true ? ask(asking) : cancel())
  }
}

/** Reasons for waiting are no events: while a build waits it is asked for them. */
async function tellReasons(
  { client, deps, language }: Session,
  display: Display,
  buildId: string,
  signal: AbortSignal,
): Promise<void> {
  let shown: string | undefined
  for (;;) {
    const isOver = await deps.sleep(reasonMs, signal).then(
      () => signal.aborted,
      () => true,
    )
    if (isOver) return
    // The events tell of a server that is away.
    const build = await client.builds.read(buildId, language).catch(() => undefined)
    const reason = build?.waiting_reason ?? undefined
    if (build === undefined || reason === shown) continue
    shown = reason
    display.waitFor(reason)
  }
}
