import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { Display } from '../progress/display.ts'
import type { Session } from '../session.ts'
import { commands } from '../texts/commands.ts'
import { watchAndTell } from './watch-and-tell.ts'

/** Shows a build that was accepted to its end, or where it is followed when nobody waits. @returns the exit code. */
export async function showAccepted(
  session: Session,
  display: Display,
  id: string,
  isDetached: boolean,
): Promise<ExitCode> {
  if (!isDetached) return watchAndTell(session, display, id)
  display[Symbol.dispose]()
  session.answer(await session.client.builds.read(id, session.language), () => [id])
  session.tell(session.say(commands.submitted, { id }))
  return exitCodes.ok
}
