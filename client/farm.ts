import type { z } from 'zod'
import {
  caller,
  health,
  newTokenAnswer,
  signingKeys,
  tokenPage,
} from '#contract/wire/answers/access.ts'
import { queuePage, queueShare } from '#contract/wire/answers/queue.ts'
import { aboutFarm } from '#contract/wire/answers/farm.ts'
import { overview } from '#contract/wire/answers/overview.ts'
import { registry } from '#contract/wire/answers/registry.ts'
import type { newToken } from '#contract/wire/access.ts'
import type { PageQuery } from './pages.ts'
import { type Connection, readAnswer, send } from './request.ts'

interface QueueQuery extends PageQuery {
  readonly project?: string | undefined
  readonly lang: string
}

/** The farm as a whole, and who may use it. All of them throw ServerError. */
export function createFarm(connection: Connection) {
  return {
    health: async () => readAnswer(connection, { path: '/healthz' }, health),
    readiness: async () => readAnswer(connection, { path: '/readyz' }, health),
    me: async () => readAnswer(connection, { path: '/api/me' }, caller),
    about: async () => readAnswer(connection, { path: '/api/farm' }, aboutFarm),
    overview: async (hours: number) =>
      readAnswer(connection, { path: '/api/overview', query: { hours } }, overview),
    registry: async () => readAnswer(connection, { path: '/api/registry' }, registry),
    signingKeys: async () => readAnswer(connection, { path: '/api/signing-keys' }, signingKeys),
    /** One page of the builds that wait, in the order in which they will go. */
    queue: async (query: QueueQuery) =>
      readAnswer(connection, { path: '/api/queue', query: { ...query } }, queuePage),
    projectQueue: async (project: string) => {
      const path = `/api/projects/${encodeURIComponent(project)}/queue`
      return readAnswer(connection, { path }, queueShare)
    },
    listTokens: async (page: PageQuery & { readonly user?: string | undefined }) =>
      readAnswer(connection, { path: '/api/tokens', query: { ...page } }, tokenPage),
    makeToken: async (body: z.input<typeof newToken>) =>
      readAnswer(connection, { method: 'POST', path: '/api/tokens', body }, newTokenAnswer),
    endToken: async (id: string) => {
      await send(connection, { method: 'DELETE', path: `/api/tokens/${encodeURIComponent(id)}` })
    },
  }
}
