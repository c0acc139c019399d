import { createKilnClient } from '../../client/client.ts'
import { isOfGateway, noteReached } from './connection.ts'
import { isSignInNeeded } from './session.ts'

/** The API of the server that the console came from, as who has signed in. */
export const api = createKilnClient({
  server: new URL(location.origin),
  // The browser keeps the cookie of its session to itself.
  token: undefined,
  fetch: async (input, init) => {
    const reply = await fetch(input, init).catch((error: unknown) => {
      if (!isGivenUp(init?.signal)) noteReached('reads', false)
      throw error
    })
    noteReached('reads', !isOfGateway(reply))
    if (reply.status === 401) isSignInNeeded.value = true
    return reply
  },
})

/** Whether whoever asked wants no answer any more; that none came in time is another matter. */
function isGivenUp(signal: AbortSignal | null | undefined): boolean {
  if (signal?.aborted !== true) return false
  const reason: unknown = signal.reason
  return !(reason instanceof DOMException && reason.name === 'TimeoutError')
}
