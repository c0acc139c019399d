import { createKilnClient } from '../../client/client.ts'
import { isSignInNeeded } from './session.ts'

/** The API of the server that the console came from, as who has signed in. */
export const api = createKilnClient({
  server: new URL(location.origin),
  // The browser keeps the cookie of its session to itself.
  token: undefined,
  fetch: async (input, init) => {
    const reply = await fetch(input, init)
    if (reply.status === 401) isSignInNeeded.value = true
    return reply
  },
})
