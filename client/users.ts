import type { z } from 'zod'
import type { changeUser, newUser } from '#contract/wire/access.ts'
import { user, userPage } from '#contract/wire/answers/access.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer } from './request.ts'

/** Who there is. All of them throw ServerError. */
export function createUsers(connection: Connection) {
  return {
    list: async (query: PageQuery) =>
      readAnswer(connection, { path: '/api/users', query: { ...query } }, userPage),
    create: async (body: z.input<typeof newUser>) =>
      readAnswer(connection, { method: 'POST', path: '/api/users', body }, user),
    change: async (name: string, body: z.input<typeof changeUser>) => {
      const path = `/api/users/${encodeURIComponent(name)}`
      return readAnswer(connection, { method: 'PATCH', path, body }, user)
    },
  }
}
