import { sessionPage, sessionState } from '#contract/wire/answers/session.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

/** Browsers that are signed in. All of them throw ServerError. */
export function createSessions(connection: Connection) {
  return {
    read: async () => readAnswer(connection, { path: '/api/session' }, sessionState),
    /** Signs the browser in that asks, with a token of the API. */
    signIn: async (token: string) =>
      readAnswer(
        connection,
        { method: 'POST', path: '/api/session', body: { token } },
        sessionState,
      ),
    signOut: async () => {
      await send(connection, { method: 'DELETE', path: '/api/session' })
    },
    /** Where a browser goes to sign in with the identity provider, and comes back from to a page of the server. */
    providerPath: (back: string) => `/api/session/oidc?back=${encodeURIComponent(back)}`,
    list: async (query: PageQuery & { readonly user?: string | undefined }) =>
      readAnswer(connection, { path: '/api/sessions', query: { ...query } }, sessionPage),
    end: async (id: string) => {
      await send(connection, { method: 'DELETE', path: `/api/sessions/${encodeURIComponent(id)}` })
    },
  }
}
