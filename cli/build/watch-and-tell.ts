import { type ExitCode, exitCauseOf, exitCodes } from '../exit-code.ts'
import type { Display } from '../progress/display.ts'
import type { Session } from '../session.ts'
import { progressTexts } from '../texts/progress.ts'
import { explainBuild } from './explain-build.ts'
import { watchBuild } from './watch-build.ts'

/** Shows a build to its end, then how it ended. @returns the exit code that says by what cause. */
export async function watchAndTell(
  session: Session,
  display: Display,
  id: string,
): Promise<ExitCode> {
  const { say, answer, tell } = session
  const ended = await watchBuild(session, display, id)
  display[Symbol.dispose]()
  if (ended === undefined) {
    tell(say(progressTexts.left, { id }))
    return exitCodes.cancelled
  }
  const lines = explainBuild(ended, say)
  // What is wrong is told where errors are; the answer is there for programs.
  if (ended.status === 'succeeded' || session.json) answer(ended, () => lines)
  if (ended.status !== 'succeeded') tell(...lines)
  return exitCodes[exitCauseOf(ended)]
}
