import { sendOnce } from '../client/send-once.ts'
import type { Session } from './session.ts'
import { stopAtInterrupt } from './stop-at-interrupt.ts'
import { progressTexts } from './texts/progress.ts'

/** Sends what makes something until it is answered, and tells when it has to be sent again. */
export async function sendSafely<T>(
  session: Session,
  send: (headers: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const { deps, server, tell, say } = session
  using stop = stopAtInterrupt(session)
  const onPause = () => tell(say(progressTexts.reconnecting, { server: server.origin }))
  return await sendOnce({ ...deps, signal: stop.signal, onPause }, send)
}
